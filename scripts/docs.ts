import { readFileSync, writeFileSync } from 'node:fs';
import { renderConfigurationPage } from './configurationPage.ts';

/** Makes the parts of the documentation that the code knows. */
const path = new URL('../docs/configuration.md', import.meta.url);
writeFileSync(path, renderConfigurationPage(readFileSync(path, 'utf8')));
