import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createAptGet, type AptGet } from './aptGet.ts';

interface FakeApt {
  readonly aptGet: AptGet;
  /** How often it was called. */
  readonly calls: () => Promise<number>;
}

/** A program that fails with a text a number of times, and succeeds then. */
async function setup(t: TestContext, text: string, failures: number): Promise<FakeApt> {
  const folder = await mkdtemp(join(tmpdir(), 'asya-apt-'));
  t.after(() => rm(folder, { recursive: true }));
  const program = join(folder, 'apt-get');
  const log = join(folder, 'calls');
  const script = `#!/bin/sh
    echo "$@" >> ${log}
    [ $(wc -l < ${log}) -gt ${failures} ] || { echo "${text}" >&2; exit 100; }`;
  await writeFile(program, script, { mode: 0o755 });
  return {
    aptGet: createAptGet({ program, sleep: () => Promise.resolve() }),
    calls: async () => (await readFile(log, 'utf8')).trimEnd().split('\n').length,
  };
}

test('a command waits while another process holds the lock', async (t) => {
  const { aptGet, calls } = await setup(t, 'E: Could not get lock /var/lib/apt/lists/lock.', 5);
  await aptGet('update');
  assert.equal(await calls(), 6);
});

test('a command that fails is repeated twice', async (t) => {
  const { aptGet, calls } = await setup(t, 'E: Failed to fetch', 2);
  await aptGet('update');
  assert.equal(await calls(), 3);
});

test('a command that fails three times rejects with the text of apt', async (t) => {
  const { aptGet, calls } = await setup(t, 'E: Unable to locate package', 9);
  await assert.rejects(aptGet('install', 'nowhere'), /Unable to locate package/);
  assert.equal(await calls(), 3);
});
