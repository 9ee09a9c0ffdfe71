import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { CommandError, UsageError } from '../../src/cli/command/exit.ts';
import { tailCommand } from '../../src/cli/tail.ts';
import type { Settled } from '../../src/hop/hop.ts';
import { createCommandContext, runCommand, type Printed } from '../kit/processes/commandContext.ts';
import { until, within } from '../kit/processes/until.ts';
import { startHopsServer } from '../kit/telemetry/hopsServer.ts';

interface Tail {
  readonly printed: () => Printed;
  /** Sends the signal of Ctrl-C, and resolves with the exit code. */
  readonly stop: () => Promise<number>;
  /** Resolves when standard output has this text. */
  readonly out: (text: string) => Promise<void>;
  /** Resolves when standard error has this text. */
  readonly err: (text: string) => Promise<void>;
}

function startTail(t: TestContext, ...args: string[]): Tail {
  const stop = new AbortController();
  const { context, printed } = createCommandContext({ stopped: stop.signal });
  const code = tailCommand.run(args, context);
  code.catch(() => {}); // `stop` reports it
  t.after(() => stop.abort());
  return {
    printed,
    stop() {
      stop.abort();
      return within(code, 'the end of tail');
    },
    out: (text) => until(() => printed().out.includes(text), `"${text}" on standard output`),
    err: (text) => until(() => printed().err.includes(text), `"${text}" on standard error`),
  };
}

const FAILED: Settled = {
  name: 'error_end',
  dispatched: 1,
  fault: { code: 'runtime_error', message: 'boom' },
};

test('the hops of several sidecars are printed as they happen', async (t) => {
  const prep = await startHopsServer(t, { actor: 'prep' });
  const infer = await startHopsServer(t, { actor: 'infer' });
  const tail = startTail(t, `:${prep.port}`, `127.0.0.1:${infer.port}`);
  await tail.err('connected to 2 sidecars\n');
  await prep.run(undefined, { envelope: { id: 'env-1' } });
  await tail.out('env-1');
  await infer.run(FAILED, { envelope: { id: 'env-2' } });
  await tail.out('env-2');
  assert.match(
    tail.printed().out,
    /^\d\d:\d\d:\d\d {2}prep +forward +env-1 .*\n\d\d:\d\d:\d\d {2}infer +error_end +env-2 .* runtime_error\n$/,
  );
  assert.equal(await tail.stop(), 0);
});

test('a sidecar that ends is reported once, and followed again when it is back', async (t) => {
  const first = await startHopsServer(t);
  const other = await startHopsServer(t, { actor: 'prep' });
  const { port } = first;
  const tail = startTail(t, `127.0.0.1:${port}`, `127.0.0.1:${other.port}`);
  await tail.err('connected to 2 sidecars\n');
  await first.close();
  await tail.err(`127.0.0.1:${port}: closed by the sidecar; reconnecting\n`);
  await other.run(undefined, { envelope: { id: 'meanwhile' } });
  await tail.out('meanwhile');
  const again = await startHopsServer(t, { port });
  await tail.err(`127.0.0.1:${port}: connected\n`);
  await again.run(undefined, { envelope: { id: 'again' } });
  await tail.out('again');
  assert.equal(tail.printed().err.split('\n').length, 4);
});

test('the error for a port of another protocol names the variable of the address', async (t) => {
  const broker = createServer((socket) => socket.end('AMQP\0\0\t\u0001'));
  t.after(() => broker.close());
  await once(broker.listen(0, '127.0.0.1'), 'listening');
  const address = `127.0.0.1:${(broker.address() as AddressInfo).port}`;
  await assert.rejects(
    runCommand(tailCommand, [address]),
    new CommandError(
      `cannot reach a sidecar: ${address}: the port does not speak HTTP; use the address of ASYA_METRICS_ADDR`,
    ),
  );
});

test('an address that leads to the same sidecar prints no hop twice', async (t) => {
  const { port, run } = await startHopsServer(t, { host: '::' });
  const tail = startTail(t, `:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`);
  await tail.err('connected to 1 sidecar\n');
  await run(undefined, { envelope: { id: 'env-1' } });
  await run(undefined, { envelope: { id: 'env-2' } });
  await tail.out('env-2');
  assert.equal(tail.printed().out.match(/env-\d/g)?.length, 2);
});

test('--journey, --actor and --failed select hops, and can be combined', async (t) => {
  const { port, run } = await startHopsServer(t);
  const options = ['--journey', 'j-1', '--failed', '--actor', 'infer'];
  const tails = [
    startTail(t, `:${port}`, ...options),
    startTail(t, `:${port}`, '--failed'),
    startTail(t, `:${port}`, '--actor', 'prep', '--json'),
    startTail(t, `:${port}`, '--journey', 'j-2', '--journey', 'j-3'),
  ];
  const [combined, failed, other, several] = tails;
  for (const tail of tails) await tail.err('connected');
  const send = async (id: string, journey: string, settled?: Settled): Promise<unknown> =>
    run(settled, { envelope: { id, headers: { 'x-asya-journey-id': journey } } });
  await send('a', 'j-1');
  await send('b', 'j-2', FAILED);
  await send('c', 'j-1', { ...FAILED, name: 'retry', deferral: true });
  await send('d', 'j-1', FAILED);
  await combined?.out('  d ');
  await failed?.out('  d ');
  assert.equal(combined?.printed().out.split('\n').length, 2);
  assert.deepEqual(failed?.printed().out.match(/(?<=error_end {4})\w/g), ['b', 'd']);
  assert.equal(other?.printed().out, '');
  await send('e', 'j-3');
  await several?.out('  e ');
  assert.equal(several?.printed().out.split('\n').length, 3);
});

test('--json prints the records, and escapes control characters', async (t) => {
  const { port, run } = await startHopsServer(t);
  const tail = startTail(t, `:${port}`, '--json');
  await tail.err('connected');
  await run(undefined, { envelope: { id: 'a\u009B31m' } });
  await tail.out('\n');
  const { out } = tail.printed();
  assert.doesNotMatch(out.slice(0, -1), /\p{Cc}/u);
  const { id, outcome } = JSON.parse(out) as Record<string, unknown>;
  assert.deepEqual([id, outcome], ['a\u009B31m', 'forward']);
});

test('the number of dropped hops is printed', async (t) => {
  const { port, run } = await startHopsServer(t);
  const tail = startTail(t, `:${port}`);
  const json = startTail(t, `:${port}`, '--json');
  await tail.err('connected');
  await json.err('connected');
  await run(undefined, { envelope: { id: 'x'.repeat(20_000) } });
  await run();
  await tail.err(`localhost:${port}: 1 hop was dropped\n`);
  await json.out('{"dropped":1}\n');
});

test('if no sidecar can be reached, one line gives the reason', async (t) => {
  const { port, close } = await startHopsServer(t);
  await close();
  await assert.rejects(
    runCommand(tailCommand, [`127.0.0.1:${port}`, 'nowhere.invalid']),
    new CommandError(
      `cannot reach a sidecar: nowhere.invalid:8080: getaddrinfo ENOTFOUND nowhere.invalid (and 1 more)`,
    ),
  );
  await assert.rejects(
    runCommand(tailCommand, [`:${port}`]),
    new CommandError(
      `cannot reach a sidecar: localhost:${port}: connect ECONNREFUSED 127.0.0.1:${port}`,
    ),
  );
});

const OTHER = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

test(
  'a token opens the sidecars of other machines',
  { skip: OTHER === undefined && 'this machine has only the loopback interface' },
  async (t) => {
    const { port } = await startHopsServer(t, { host: '0.0.0.0', readToken: () => 'secret' });
    const directory = await mkdtemp(join(tmpdir(), 'asya-tail-'));
    t.after(() => rm(directory, { recursive: true }));
    const file = join(directory, 'token');
    await writeFile(file, 'secret\n');
    const tail = startTail(t, `${OTHER}:${port}`, '--token-file', file);
    await tail.err('connected to 1 sidecar\n');
    await assert.rejects(
      runCommand(tailCommand, [`${OTHER}:${port}`]),
      new CommandError(`cannot reach a sidecar: ${OTHER}:${port}: 401 a bearer token is required`),
    );
  },
);

test('an unusable token file and a wrong address are reported before a connection', async () => {
  await assert.rejects(
    runCommand(tailCommand, [':1', '--token-file', '/no/such']),
    /^CommandError: --token-file: ENOENT/,
  );
  await assert.rejects(
    runCommand(tailCommand, [':1', '--token-file', '/dev/null']),
    new CommandError('--token-file: /dev/null is empty'),
  );
  await assert.rejects(runCommand(tailCommand, []), UsageError);
  await assert.rejects(runCommand(tailCommand, ['x:y']), UsageError);
});

test('a reader that closes standard output ends the command', async (t) => {
  const { port, run } = await startHopsServer(t);
  const closed = new AbortController();
  const { context, printed } = createCommandContext({ outputClosed: closed.signal });
  const code = tailCommand.run([`:${port}`], context);
  await until(() => printed().err.includes('connected'), 'a connection');
  closed.abort();
  assert.equal(await within(code, 'the end of tail'), 0);
  await run();
});
