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

/** The log of a process whose standard output stalls or fails. */

// Each hop's line has the id twice: together they exceed the buffers of the log, the pipe and the
// reader.
const ENVELOPES = 4_000;
const LONG_ID = 'x'.repeat(1_000);
const TIMEOUT_MS = 60_000;

interface Sidecar {
  readonly child: ChildProcess;
  readonly url: string;
  /** Sends envelopes; resolves when the sidecar has processed all. */
  readonly handle: (count: number) => Promise<void>;
  readonly dropped: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

/** Starts the sidecar of an end on a SQLite file, with the given standard output. */
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

test('a stalled reader stops nothing: lines are dropped, and SIGTERM ends the sidecar', async (t) => {
  const { url, handle, dropped, stop } = await start(t, 'pipe');
  await handle(ENVELOPES);
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
  assert.ok((await dropped()) > 0);
  await stop();
});

test('the log resumes with the reader, and one line reports the number of dropped lines', async (t) => {
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

test('a full disk stops nothing, and the log resumes once space is free', async (t) => {
  const disk = await openSmallDisk(16);
  t.after(() => disk.remove());
  if (!disk.isSmall) return t.skip('a small disk cannot be mounted');
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
  test(`lines of the last turn of a process are written when it ends by "${end}"`, async () => {
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
