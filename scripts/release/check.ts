import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkChangelog } from './changelog.ts';
import { readVersions } from './statedVersions.ts';

/**
 * Checks that the repository states one version:
 *
 *   npm run release:check             the version of package.json
 *   npm run release:check -- v0.2.0   that of a tag, with a dated section in CHANGELOG.md and
 *                                     nothing that is not released
 *
 * Prints `version=0.2.0`, or the problems on standard error, and exits with 1.
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
const [tag] = process.argv.slice(2);
const stated = readVersions(root);
const version = tag === undefined ? (stated[0]?.version ?? '') : tag.replace(/^v/, '');
const problems = [
  ...(tag === undefined || /^v\d+\.\d+\.\d+$/.test(tag)
    ? []
    : [`the tag "${tag}" is not a version such as v0.2.0`]),
  ...stated
    .filter((found) => found.version !== version)
    .map(({ file, text }) => `${file}: ${JSON.stringify(text)} is not version ${version}`),
  ...(tag === undefined
    ? []
    : checkChangelog(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), version)),
];
for (const problem of problems) console.error(problem);
if (problems.length === 0) console.log(`version=${version}`);
process.exitCode = problems.length === 0 ? 0 : 1;
