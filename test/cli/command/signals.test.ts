import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, test, type TestContext } from 'node:test';
import { openSqlite } from '../../../src/transport/sqlite/sqlite.ts';
import type { InspectableTransport } from '../../../src/transport/inspection/inspectableTransport.ts';
import { killOnExit } from '../../kit/processes/killOnExit.ts';
import { PROGRAM } from '../../kit/processes/program.ts';
import type { ProgramResult, Variables } from '../../kit/processes/sidecarProcess.ts';
import { until, within } from '../../kit/processes/until.ts';

/** A running command that waits. */
interface Waiting {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly ended: Promise<ProgramResult>;
}

/** Longer than any test, so that no wait of a command ends by itself. */
const NO_TIMEOUT = { ASYA_CONFIRM_TIMEOUT: '1h' };
const ENVELOPE = JSON.stringify({ id: 'a', route: { actors: ['infer'], current: 0 }, payload: 1 });
const TOPOLOGY = {
  actor: 'infer',
  happyEnd: 'happy-end',
  errorEnd: 'error-end',
  retryDelaysMs: [],
};

describe('the first signal stops', () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    test(`a send that reads standard input (${signal})`, async () => {
      const { code, out, err } = await stop(await start(['send', '-'], {}), signal);
      assert.deepEqual([code, out, err], [1, '', 'asya-sidecar: stopped by a signal\n']);
    });
  }

  for (const args of [
    ['send', 'PIPE'],
    ['ledger', '--sent', 'PIPE'],
    ['ledger', '--sent', 'FILE', '--log', 'PIPE'],
  ]) {
    test(`${args.join(' ')} while no process writes to the pipe`, async (t) => {
      const { named } = setup(t);
      const { code, err } = await stop(await start(args.map(named), {}));
      assert.deepEqual([code, err], [1, 'asya-sidecar: stopped by a signal\n']);
    });
  }

  for (const args of [
    ['send', 'FILE'],
    ['replay', '--all'],
    ['ledger', '--sent', 'FILE', '--look', 'infer'],
  ]) {
    test(`${args.join(' ')} while it connects`, async (t) => {
      const { named } = setup(t);
      const { port, connected } = await startMuteServer(t);
      const url = { ASYA_RABBITMQ_URL: `amqp://127.0.0.1:${port}` };
      const waiting = await start(args.map(named), { ...url, ...NO_TIMEOUT });
      await within(connected, 'the connection');
      const { code, out, err } = await stop(waiting);
      assert.deepEqual([code, out, err], [1, '', 'asya-sidecar: stopped by a signal\n']);
    });
  }

  test('a send that waits for a confirm, and its report is true', async (t) => {
    const { named, variables, path, open } = setup(t);
    const transport = await open();
    const lock = new DatabaseSync(path);
    lock.exec('BEGIN IMMEDIATE');
    const waiting = await start(['send', named('FILE')], variables);
    await hasOpened(waiting, path);
    const { code, err } = await stop(waiting);
    assert.equal(code, 1);
    assert.equal(err, 'a: not stored: stopped by a signal\n0 of 1 envelopes were sent\n');
    lock.close();
    assert.equal(await transport.depth('infer'), 0);
  });

  test('a trace that reads a pipe to which no process writes', async (t) => {
    const { named } = setup(t);
    const { code, out, err } = await stop(await start(['trace', named('PIPE')], {}));
    assert.deepEqual([code, out, err], [1, '', 'asya-sidecar: stopped by a signal\n']);
  });
});

describe('send', () => {
  test('skips a byte order mark', async (t) => {
    const { variables, open } = setup(t);
    await open();
    const waiting = await start(['send', '-'], variables);
    waiting.child.stdin.end(`\u{feff}${ENVELOPE}`);
    assert.deepEqual(await waiting.ended, { code: 0, out: 'a\n', err: '' });
  });

  test('reports the number of sent envelopes when its output is closed', async (t) => {
    const { variables, open } = setup(t);
    const transport = await open();
    const waiting = await start(['send', '-'], variables);
    waiting.child.stdout.destroy();
    waiting.child.stdin.end(`${ENVELOPE}\n`.repeat(5_000));
    const { err } = await waiting.ended;
    const sent = await transport.depth('infer');
    assert.equal(err, `${sent} of 5000 envelopes were sent\n`);
  });
});

interface MuteServer {
  readonly port: number;
  /** Resolves at the first connection. */
  readonly connected: Promise<unknown>;
}

/** Starts a server that accepts connections and sends nothing. */
async function startMuteServer(t: TestContext): Promise<MuteServer> {
  const server = createServer((socket) => void socket.on('error', () => {}).resume());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { port: (server.address() as AddressInfo).port, connected: once(server, 'connection') };
}

interface Setup {
  readonly path: string;
  /** The variables for the SQLite file. */
  readonly variables: Variables;
  /** Replaces `FILE` with the path of an envelope, and `PIPE` with that of a named pipe. */
  readonly named: (argument: string) => string;
  readonly open: () => Promise<InspectableTransport>;
}

function setup(t: TestContext): Setup {
  const directory = mkdtempSync(join(tmpdir(), 'asya-stopping-'));
  const closers: (() => Promise<void>)[] = [];
  t.after(async () => {
    for (const close of closers) await close();
    rmSync(directory, { recursive: true });
  });
  const path = join(directory, 'queues.db');
  const names = new Map([
    ['FILE', join(directory, 'envelope.json')],
    ['PIPE', join(directory, 'pipe')],
  ]);
  const named = (argument: string): string => names.get(argument) ?? argument;
  writeFileSync(named('FILE'), ENVELOPE);
  assert.equal(spawnSync('mkfifo', [named('PIPE')]).status, 0);
  return {
    path,
    variables: { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: path, ...NO_TIMEOUT },
    named,
    async open() {
      const transport = await openSqlite({ path, topology: TOPOLOGY, onState: () => {} });
      closers.push(() => transport.close());
      return transport;
    },
  };
}

/** Starts a command. Resolves when it catches signals, or when `wrote` matches standard error. */
async function start(
  args: readonly string[],
  variables: Variables,
  wrote?: RegExp,
): Promise<Waiting> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...variables },
    stdio: 'pipe',
  });
  killOnExit(child);
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ended = Promise.all([once(child, 'close'), text(child.stdout).catch(() => '')]).then(
    ([[code], out]) => ({ code: code as number | null, out, err: errors }),
  );
  await until(
    () =>
      child.exitCode !== null ||
      (wrote === undefined ? catchesSignals(child.pid) : wrote.test(errors)),
    `the start of ${args.join(' ')}`,
  );
  return { child, ended: within(ended, `the end of ${args.join(' ')}`) };
}

async function stop(
  { child, ended }: Waiting,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<ProgramResult> {
  child.kill(signal);
  return ended;
}

const SIGHUP_BIT = 1n;

/** Reports whether the process has a handler for SIGHUP. */
function catchesSignals(pid: number | undefined): boolean {
  const [, mask = '0'] =
    /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (BigInt(`0x${mask}`) & SIGHUP_BIT) !== 0n;
}

/** Resolves when a command has opened a file. */
async function hasOpened({ child }: Waiting, path: string): Promise<void> {
  const folder = `/proc/${child.pid}/fd`;
  await until(
    () => readdirSync(folder).some((fd) => linkAt(join(folder, fd)) === path),
    `${path} to be open`,
  );
}

function linkAt(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // closed in the meantime
  }
}
