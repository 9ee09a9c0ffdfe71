import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readVersions, writeVersions } from '../../../scripts/release/statedVersions.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const stated = readVersions(ROOT);

test('all files of the repository state the version of package.json', () => {
  const [project] = stated;
  assert.equal(project?.file, 'package.json');
  assert.deepEqual(
    stated.filter(({ version }) => version !== project?.version),
    [],
  );
});

test('the version is stated by packages, the lock file, the image, charts and pages', () => {
  const files = new Set(stated.map(({ file }) => file));
  for (const file of [
    'package-lock.json',
    'sdk/typescript/package.json',
    'sdk/python/pyproject.toml',
    'Dockerfile',
    'docs/kubernetes.md',
  ])
    assert.ok(files.has(file), file);
  const inLockFile = stated.filter(({ file }) => file === 'package-lock.json');
  assert.ok(inLockFile.length >= 2, 'the program and the kit');
});

test('pages state the version only where release:version finds it', () => {
  const [{ version } = { version: '' }] = stated;
  for (const file of [
    'README.md',
    ...globSync('{docs,deploy,examples,sdk}/**/*.md', { cwd: ROOT }),
  ]) {
    if (file.includes('node_modules')) continue;
    const named = readFileSync(join(ROOT, file), 'utf8').split(version).length - 1;
    assert.equal(named, stated.filter((found) => found.file === file).length, file);
  }
});

test('a new version replaces the old one wherever it is stated, and nothing else', async (t) => {
  const copy = await mkdtemp(join(tmpdir(), 'asya-versions-'));
  t.after(() => rm(copy, { recursive: true, force: true }));
  for (const file of new Set(stated.map((found) => found.file))) {
    await mkdir(dirname(join(copy, file)), { recursive: true });
    await cp(join(ROOT, file), join(copy, file));
  }
  writeVersions(copy, '7.8.9');
  const written = readVersions(copy);
  assert.equal(written.length, stated.length);
  assert.deepEqual([...new Set(written.map(({ version }) => version))], ['7.8.9']);
  const before = await readFile(join(ROOT, 'package-lock.json'), 'utf8');
  const after = await readFile(join(copy, 'package-lock.json'), 'utf8');
  const changed = after.split('\n').filter((line, index) => line !== before.split('\n')[index]);
  assert.ok(changed.every((line) => line.includes('7.8.9')));
  assert.ok(changed.length >= 2 && changed.length <= 3, changed.join('\n'));
});
