import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  checkChangelog,
  readSection,
  releaseChangelog,
  releaseNotes,
} from '../../../scripts/release/changelog.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const OPEN = `# Changelog

Introduction.

## [Unreleased]

### Fixed

- A new fix.

## [0.1.0] - 2026-11-27

- The first version.
`;

test('a section of the changelog ends at the next one', () => {
  assert.deepEqual(readSection(OPEN, '0.1.0'), {
    date: '2026-11-27',
    text: '- The first version.',
  });
  assert.deepEqual(readSection(OPEN, 'Unreleased'), {
    date: undefined,
    text: '### Fixed\n\n- A new fix.',
  });
  assert.equal(readSection(OPEN, '0.2.0'), undefined);
});

test('a release gives the unreleased entries a version and a date', () => {
  const released = releaseChangelog(OPEN, '0.2.0', '2026-12-01');
  assert.deepEqual(readSection(released, '0.2.0'), {
    date: '2026-12-01',
    text: '### Fixed\n\n- A new fix.',
  });
  assert.equal(readSection(released, 'Unreleased')?.text, '');
  assert.deepEqual(checkChangelog(released, '0.2.0'), []);
  assert.equal(releaseNotes(released, '0.2.0'), '### Fixed\n\n- A new fix.\n');
});

test('a version is released once, and not without entries', () => {
  assert.throws(() => releaseChangelog(OPEN, '0.1.0', '2026-12-01'), /has a section \[0\.1\.0\]/);
  const released = releaseChangelog(OPEN, '0.2.0', '2026-12-01');
  assert.throws(() => releaseChangelog(released, '0.3.0', '2026-12-02'), /has no entries/);
});

test('release:version names the problem in one line, and changes nothing', async (t) => {
  const copy = await mkdtemp(join(tmpdir(), 'asya-version-'));
  t.after(() => rm(copy, { recursive: true, force: true }));
  await cp(join(ROOT, 'scripts/release'), join(copy, 'scripts/release'), { recursive: true });
  await writeFile(join(copy, 'CHANGELOG.md'), OPEN);
  const script = join(copy, 'scripts/release/setVersion.ts');
  const ran = spawnSync(process.execPath, [script, '0.1.0'], { encoding: 'utf8' });
  assert.deepEqual(
    [ran.status, ran.stderr],
    [1, 'CHANGELOG.md has a section [0.1.0]; release the next version\n'],
  );
  assert.equal(await readFile(join(copy, 'CHANGELOG.md'), 'utf8'), OPEN);
});

test('a tag needs a section with a date, and nothing that is not released', () => {
  assert.deepEqual(checkChangelog(OPEN, '0.2.0'), [
    'CHANGELOG.md: no section [0.2.0]',
    'CHANGELOG.md: [Unreleased] has entries; npm run release:version dates them',
  ]);
  const undated = OPEN.replace('[Unreleased]', '[0.2.0]');
  assert.match(checkChangelog(undated, '0.2.0').join(), /\[0\.2\.0\] needs a date/);
});

test('a pack before the release has the unreleased entries as its notes', () => {
  assert.equal(releaseNotes(OPEN, '0.2.0'), '### Fixed\n\n- A new fix.\n');
});
