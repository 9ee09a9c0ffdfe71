import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SECOND } from '../../src/units.ts';
import { buildPackage } from '../buildPackage.ts';
import { releaseNotes } from './changelog.ts';
import { commitTime, packCharts, packDashboards, packNpm, packPython } from './packers.ts';
import { RELEASE } from './publishing.ts';
import { createSbom } from './sbom.ts';
import { readVersions } from './statedVersions.ts';

/**
 * Writes all files of a release into `release/`, which is emptied:
 *
 *   npm run release:pack            without the charts if helm cannot be built
 *   npm run release:pack -- --all   fails without helm
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
const version = readVersions(root)[0]?.version ?? '';

rmSync(RELEASE, { recursive: true, force: true });
mkdirSync(RELEASE, { recursive: true });
const bundled = await buildPackage();
packNpm(root, RELEASE);
await packPython(join(root, 'sdk/python'), RELEASE);
packDashboards(root, join(RELEASE, `asya-dashboards-${version}.tar.gz`));
const absence = await packCharts(root, RELEASE);
if (absence !== undefined) console.error(`charts left out: ${absence}`);
const createdAt = new Date(Number(commitTime(root)) * SECOND);
writeFileSync(
  join(RELEASE, `asya-sidecar-${version}.cdx.json`),
  `${JSON.stringify(createSbom(root, bundled, createdAt), null, 2)}\n`,
);
writeChecksums();
const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
writeFileSync(join(RELEASE, 'RELEASE_NOTES.md'), releaseNotes(changelog, version));
for (const name of readdirSync(RELEASE).toSorted()) console.log(`release/${name}`);
if (absence !== undefined && process.argv.includes('--all')) process.exitCode = 1;

/** Writes the file that `sha256sum --check` reads. */
function writeChecksums(): void {
  const names = readdirSync(RELEASE).toSorted();
  const lines = names.map((name) => {
    const digest = createHash('sha256')
      .update(readFileSync(join(RELEASE, name)))
      .digest('hex');
    return `${digest}  ${name}\n`;
  });
  writeFileSync(join(RELEASE, 'SHA256SUMS'), lines.join(''));
}
