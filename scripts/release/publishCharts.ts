import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ask, publish, RELEASE } from './publishing.ts';

/**
 * Pushes the charts in `release/` to a registry. Skips those that it has, so that it can run again.
 *
 *   npm run release:charts -- oci://ghcr.io/asya-sidecar/charts
 */
const [registry] = process.argv.slice(2);
if (registry?.startsWith('oci://') !== true) {
  console.error('usage: npm run release:charts -- oci://HOST/PATH');
  process.exit(2);
}
for (const name of ['asya-actor', 'asya-observability']) {
  const [file] = globSync(`${name}-[0-9]*.tgz`, { cwd: RELEASE });
  if (file === undefined) throw new Error(`no ${name}-*.tgz in ${RELEASE}`);
  const version = basename(file, '.tgz').slice(name.length + 1);
  const { found } = ask('helm', ['show', 'chart', `${registry}/${name}`, '--version', version]);
  if (found) console.log(`the registry has ${name} ${version}`);
  else publish('helm', ['push', join(RELEASE, file), registry]);
}
