import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test, type TestContext } from 'node:test';
import { killOnExit } from '../../../kit/processes/killOnExit.ts';
import { within } from '../../../kit/processes/until.ts';

const ROOT = new URL('../../../../', import.meta.url).pathname;
const NO_BROKER = { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: '/nonexistent/queues.sqlite' };

interface Process {
  readonly address: URL;
  /** Sends the signal, and resolves with the exit code. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | null>;
}

async function start(
  t: TestContext,
  program: string,
  args: readonly string[] = [],
): Promise<Process> {
  const words = [program, 'ui', '--listen', '127.0.0.1:0', ...args];
  const child = spawn(process.execPath, words, {
    env: NO_BROKER,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  killOnExit(child);
  t.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  const [line] = (await within(
    once(createInterface({ input: child.stdout }), 'line'),
    'the address',
    30_000,
  )) as [string];
  return {
    address: new URL(line),
    async end(signal) {
      child.kill(signal);
      const [code] = (await within(ended, 'the exit')) as [number | null];
      return code;
    },
  };
}

/** Opens the stream of hops, and reads its first line. */
async function openStream({ address }: Process): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  const token = new URLSearchParams(address.hash.slice(1)).get('token') ?? '';
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(new URL('/api/hops', address), { headers });
  assert.equal(response.status, 200);
  assert.ok(response.body !== null);
  const reader = response.body.getReader();
  await within(reader.read(), 'the first line');
  return reader;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} ends the page at once, also while streams are open`, async (t) => {
    const page = await start(t, join(ROOT, 'dist/src/bin.js'), ['--sidecars', '127.0.0.1:1']);
    const streams = await Promise.all([openStream(page), openStream(page)]);
    // A command that waits longer than two seconds is ended by the signal, and has no exit code.
    assert.equal(await page.end(signal), 0);
    await Promise.all(streams.map((stream) => stream.cancel()));
  });
}

describe('the files of the page are found', () => {
  test('by the built program', (t) => servesPage(t, join(ROOT, 'dist/src/bin.js')));

  test('by the sources', (t) => servesPage(t, join(ROOT, 'src/bin.ts')));

  test('in the published package', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'asya-package-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const installed = join(folder, 'node_modules/asya-sidecar');
    mkdirSync(installed, { recursive: true });
    cpSync(join(ROOT, 'package.json'), join(installed, 'package.json'));
    cpSync(join(ROOT, 'dist'), join(installed, 'dist'), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(installed, 'node_modules'));
    mkdirSync(join(folder, 'node_modules/.bin'));
    const link = join(folder, 'node_modules/.bin/asya-sidecar');
    symlinkSync('../asya-sidecar/dist/src/bin.js', link);
    await servesPage(t, link);
  });
});

/** Reads the page and a script that it names. */
async function servesPage(t: TestContext, program: string): Promise<void> {
  const { address } = await start(t, program);
  const page = await fetch(new URL('/', address));
  assert.equal(page.status, 200);
  const [, script = ''] = /<script[^>]* src="([^"]+)"/.exec(await page.text()) ?? [];
  const file = await fetch(new URL(script, new URL('/', address)));
  assert.equal(file.status, 200);
  assert.equal(file.headers.get('content-type'), 'text/javascript; charset=utf-8');
  assert.match(file.headers.get('cache-control') ?? '', /immutable/);
}
