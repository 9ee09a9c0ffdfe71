import { basename } from 'node:path';
import { findPacked, publish, query } from './publishing.ts';

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
  const file = findPacked(name);
  const version = basename(file, '.tgz').slice(name.length + 1);
  const { found } = query('helm', ['show', 'chart', `${registry}/${name}`, '--version', version]);
  if (found) console.log(`the registry has ${name} ${version}`);
  else publish('helm', ['push', file, registry]);
}
