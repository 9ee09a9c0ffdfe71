import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { freePorts } from '../../kit/processes/ports.ts';
import { PROGRAM } from '../../kit/processes/program.ts';
import { runBin } from '../../kit/processes/sidecarProcess.ts';
import { openSmallDisk } from '../../kit/brokers/smallDisk.ts';
import { until, within } from '../../kit/processes/until.ts';

/** The log of a process whose standard output does not take it. */

// Each hop's line has its id twice: all of them are more than the buffer, a pipe and the reader's
// own buffer hold.
const ENVELOPES = 4_000;
const LONG_ID = 'x'.repeat(1_000);
const TIMEOUT_MS = 60_000;

interface Sidecar {
  readonly child: ChildProcess;
  readonly url: string;
  /** Sends envelopes; resolves when the sidecar has handled all. */
  readonly handle: (count: number) => Promise<void>;
  readonly dropped: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

/** Starts the sidecar of an end on a file, with this as its standard output. */
async function start(t: TestContext, stdout: 'pipe' | number): Promise<Sidecar> {
  const directory = await mkdtemp(join(tmpdir(), 'asya-log-'));
  const [port = 0] = await freePorts(1);
  const variables = { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: join(directory, 'queues.db') };
  const child = spawn(process.execPath, [PROGRAM], {
    env: {
      ...variables,
      ASYA_ACTOR_NAME: 'happy-end',
      ASYA_RUNTIME_PROTOCOL: 'none',
      ASYA_CONCURRENCY: '50',
      ASYA_METRICS_ADDR: `127.0.0.1:${port}`,
    },
    stdio: ['ignore', stdout, 'inherit'],
  });
  t.after(async () => {
    child.kill('SIGKILL');
    await rm(directory, { recursive: true });
  });
  const ended = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const isReady = (): Promise<boolean> =>
    fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(isReady, 'readiness', TIMEOUT_MS);
  const metric = async (name: string): Promise<number> => {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    return Number(new RegExp(`^asya_actor_${name}\\{[^}]*\\} (\\d+)`, 'm').exec(metrics)?.[1]);
  };
  let sent = 0;
  return {
    child,
    url,
    handle: async (count) => {
      const envelopes = Array.from({ length: count }, (_, n) =>
        JSON.stringify({
          id: `${LONG_ID}-${n}`,
          route: { actors: ['happy-end'], current: 0 },
          payload: n,
        }),
      );
      const { code, err } = await runBin(['send', '-'], variables, envelopes.join('\n'));
      assert.equal(code, 0, err);
      sent += count;
      await until(
        async () => (await metric('messages_received_total')) === sent,
        'all',
        TIMEOUT_MS,
      );
    },
    dropped: () => metric('log_lines_dropped_total'),
    stop: async () => {
      child.kill('SIGTERM');
      assert.deepEqual(await within(ended, 'the end', TIMEOUT_MS), [0, null]);
    },
  };
}

test('a reader that stalls stops nothing: lines are dropped, and SIGTERM ends the sidecar', async (t) => {
  const { url, handle, dropped, stop } = await start(t, 'pipe');
  await handle(ENVELOPES);
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
  assert.ok((await dropped()) > 0);
  await stop();
});

test('once the reader goes on, the log does, and one line has the number of dropped lines', async (t) => {
  const { child, handle, dropped, stop } = await start(t, 'pipe');
  await handle(ENVELOPES);
  const before = await dropped();
  assert.ok(child.stdout !== null);
  const lines: Record<string, unknown>[] = [];
  createInterface(child.stdout).on('line', (line) => {
    lines.push(JSON.parse(line) as Record<string, unknown>);
  });
  const noted = (): Record<string, unknown> | undefined =>
    lines.find(({ msg }) => msg === 'log lines dropped');
  await until(() => noted() !== undefined, 'the line', TIMEOUT_MS);
  assert.equal(noted()?.['dropped'], before);
  const hops = (): number => lines.filter(({ outcome }) => outcome === 'end').length;
  assert.equal(hops(), ENVELOPES - before);
  await handle(1);
  await until(() => hops() === ENVELOPES - before + 1, 'the next line', TIMEOUT_MS);
  assert.equal(await dropped(), before);
  await stop();
});

test('a full disk under the log stops nothing, and the log goes on once there is room', async (t) => {
  const disk = await openSmallDisk(16);
  t.after(() => disk.remove());
  if (!disk.isSmall) return t.skip('no disk of its own can be mounted here');
  const [log, filler] = [join(disk.folder, 'log'), join(disk.folder, 'filler')];
  const output = openSync(log, 'a');
  const { url, handle, dropped, stop } = await start(t, output);
  closeSync(output);
  const { bavail, bsize } = statfsSync(disk.folder);
  writeFileSync(filler, Buffer.alloc((bavail - 4) * bsize));
  await handle(ENVELOPES);
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
  assert.ok((await dropped()) > 0);
  rmSync(filler);
  await until(
    () => readFileSync(log, 'utf8').includes('log lines dropped'),
    'the line',
    TIMEOUT_MS,
  );
  await handle(1);
  await stop();
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
  for (const line of lines) JSON.parse(line);
  assert.match(lines.at(-1) ?? '', /"msg":"stopped"/);
});

for (const [end, expected] of [
  ['exit', 3],
  ['throw', 1],
  ['throw unprintable', 1],
] as const) {
  test(`what is logged in the turn in which a process ends by "${end}" is written`, async () => {
    const script = new URL('../../fixtures/logging.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [script, '5000', end], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [[code], out] = await Promise.all([once(child, 'exit'), text(child.stdout)]);
    assert.equal(code, expected);
    const lines = out.trimEnd().split('\n');
    assert.equal(lines.filter((line) => line.includes('xxxx')).length, 5_000);
    if (end === 'throw') assert.match(lines.at(-1) ?? '', /thrown on purpose/);
  });
}
