import { readFileSync, writeFileSync } from 'node:fs';
import { renderConfigurationPage } from './configurationPage.ts';
import { renderMetricsPage } from './metricsPage.ts';
import { renderRabbitmqPage } from './rabbitmqPage.ts';

/** Writes the parts of the documentation that are generated from the code. */
const PAGES = {
  'configuration.md': renderConfigurationPage,
  'metrics.md': renderMetricsPage,
  'rabbitmq.md': renderRabbitmqPage,
};

for (const [name, render] of Object.entries(PAGES)) {
  const path = new URL(`../docs/${name}`, import.meta.url);
  writeFileSync(path, render(readFileSync(path, 'utf8')));
}
