import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { publish, query, RELEASE } from './publishing.ts';

/**
 * Creates the release of a tag on GitHub, with the files in `release/`. Replaces the files of a
 * release that exists, so that it can run again.
 *
 *   npm run release:github -- v0.2.0
 */
const [tag] = process.argv.slice(2);
if (tag === undefined || !/^v\d+\.\d+\.\d+$/.test(tag)) {
  console.error('usage: npm run release:github -- vMAJOR.MINOR.PATCH');
  process.exit(2);
}
const NOTES = 'RELEASE_NOTES.md';
const files = readdirSync(RELEASE)
  .filter((name) => name !== NOTES)
  .toSorted()
  .map((name) => join(RELEASE, name));
const create = [
  'create',
  tag,
  '--verify-tag',
  '--title',
  tag,
  '--notes-file',
  join(RELEASE, NOTES),
];
const change = query('gh', ['release', 'view', tag]).found ? ['upload', tag, '--clobber'] : create;
publish('gh', ['release', ...change, ...files]);
