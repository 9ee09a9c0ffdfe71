import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../../scripts/release/check.ts', import.meta.url));
const MANIFEST = new URL('../../../package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as { version: string };

test('without a tag, the check prints the version of the repository', () => {
  assert.deepEqual(check(), { status: 0, out: `version=${version}\n`, err: '' });
});

test('a tag of another version is refused, with each file that does not state it', () => {
  const { status, out, err } = check('v98.7.6');
  assert.deepEqual([status, out], [1, '']);
  assert.match(err, /^package\.json: .* is not version 98\.7\.6$/m);
  assert.match(err, /^sdk\/python\/pyproject\.toml: .* is not version 98\.7\.6$/m);
  assert.match(err, /^CHANGELOG\.md: no section \[98\.7\.6\]$/m);
});

test('a tag that is not a version is refused', () => {
  const { status, err } = check('release-1');
  assert.equal(status, 1);
  assert.match(err, /^the tag "release-1" is not a version such as v0\.2\.0$/m);
});

function check(...args: readonly string[]): { status: number | null; out: string; err: string } {
  const options = { encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...args], options);
  return { status, out: stdout, err: stderr };
}
