import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedFiles } from '../dashboards/generatedFiles.ts';

/** Writes the generated dashboards and rules, which Grafana and Prometheus load. */
for (const [path, text] of generatedFiles()) {
  const file = fileURLToPath(new URL(`../dashboards/${path}`, import.meta.url));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
