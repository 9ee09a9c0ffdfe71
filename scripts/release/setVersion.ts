import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { releaseChangelog } from './changelog.ts';
import { writeVersions } from './statedVersions.ts';

/**
 * Prepares a release: writes the version into every file that states it, and gives the entries
 * below `[Unreleased]` in CHANGELOG.md a section with today's date.
 *
 *   npm run release:version -- 0.2.0
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
const [version = ''] = process.argv.slice(2);
if (!/^\d+\.\d+\.\d+$/.test(version)) {
  console.error('usage: npm run release:version -- MAJOR.MINOR.PATCH');
  process.exit(2);
}
const changelog = join(root, 'CHANGELOG.md');
const today = new Date().toISOString().slice(0, 10);
try {
  writeFileSync(changelog, releaseChangelog(readFileSync(changelog, 'utf8'), version, today));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
writeVersions(root, version);
console.log(`Version ${version}. Next: npm run charts, and the steps of CONTRIBUTING.md.`);
