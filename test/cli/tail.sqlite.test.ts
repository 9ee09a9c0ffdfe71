import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { killOnExit } from '../kit/processes/killOnExit.ts';
import { PROGRAM } from '../kit/processes/program.ts';
import {
  runBin,
  startSidecarProcess,
  type SidecarProcess,
  type Variables,
} from '../kit/processes/sidecarProcess.ts';
import { until } from '../kit/processes/until.ts';

async function setup(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'asya-tail-'));
  const broker: Variables = {
    ASYA_TRANSPORT: 'sqlite',
    ASYA_SQLITE_PATH: join(directory, 'queues.db'),
  };
  const variables: Variables = {
    ...broker,
    ASYA_RUNTIME_PROTOCOL: 'none',
    // The feed needs neither metrics nor an SDK.
    ASYA_METRICS_ENABLED: 'false',
    OTEL_SDK_DISABLED: 'true',
  };
  const sidecars: SidecarProcess[] = [];
  t.after(async () => {
    for (const sidecar of sidecars) await sidecar.close();
    await rm(directory, { recursive: true });
  });
  return {
    directory,
    start: async (actor: string, more: Variables = {}) => {
      const sidecar = await startSidecarProcess({ ...variables, ASYA_ACTOR_NAME: actor, ...more });
      sidecars.push(sidecar);
      await sidecar.ready();
      return sidecar;
    },
    send: async (actor: string, id: string) => {
      const envelope = { id, route: { actors: [actor], current: 0 }, payload: {} };
      const { code } = await runBin(['send', '-'], broker, JSON.stringify(envelope));
      assert.equal(code, 0);
    },
  };
}

function startTail(t: TestContext, args: readonly string[]) {
  const child = spawn(process.execPath, [PROGRAM, 'tail', ...args], { stdio: 'pipe', env: {} });
  killOnExit(child);
  t.after(() => child.kill('SIGKILL'));
  const out: string[] = [];
  const err: string[] = [];
  createInterface(child.stdout).on('line', (line) => out.push(line));
  createInterface(child.stderr).on('line', (line) => err.push(line));
  const ended = once(child, 'close');
  return {
    out,
    err,
    hasOut: (pattern: RegExp) => until(() => out.some((it) => pattern.test(it)), String(pattern)),
    hasErr: (pattern: RegExp) => until(() => err.some((it) => pattern.test(it)), String(pattern)),
    interrupt: async () => {
      child.kill('SIGINT');
      const [code]: unknown[] = await ended;
      return code;
    },
  };
}

test('tail follows two sidecars, of which one is killed and started again', async (t) => {
  const { start, send } = await setup(t);
  const happy = await start('happy-end');
  const failed = await start('error-end');
  const { port } = new URL(happy.url);
  const tail = startTail(t, [happy.url, failed.url]);
  await tail.hasErr(/^connected to 2 sidecars$/);
  await send('happy-end', 'env-1');
  await tail.hasOut(/ happy-end +end +env-1 /);

  await happy.close();
  await tail.hasErr(new RegExp(`:${port}: .*reconnecting$`));
  await send('error-end', 'env-2');
  await tail.hasOut(/ error-end +end +env-2 /);

  await start('happy-end', { ASYA_METRICS_ADDR: `127.0.0.1:${port}` });
  await tail.hasErr(new RegExp(`:${port}: connected$`));
  await send('happy-end', 'env-3');
  await tail.hasOut(/ happy-end +end +env-3 /);

  assert.equal(await tail.interrupt(), 0);
  assert.equal(tail.out.length, 3);
  assert.equal(tail.err.length, 3);
});

test('readers of /hops do not delay the exit of a sidecar, and see its last hops', async (t) => {
  const { start } = await setup(t);
  const sidecar = await start('happy-end');
  const response = await fetch(`${sidecar.url}/hops`);
  assert.equal(response.status, 200);
  sidecar.kill('SIGTERM');
  assert.equal(await response.text(), '');
  assert.equal(await sidecar.ended(), 0);
});

test('seventeen readers leave the other paths of a sidecar as they are', async (t) => {
  const { start } = await setup(t);
  const { url } = await start('happy-end', { ASYA_METRICS_ENABLED: 'true' });
  const stop = new AbortController();
  t.after(() => stop.abort());
  // The list keeps the responses: a garbage-collected one closes its connection.
  const readers: Response[] = [];
  for (let count = 0; count < 17; count++) {
    readers.push(await fetch(`${url}/hops`, { signal: stop.signal }));
  }
  const statuses = readers.map(({ status }) => status);
  assert.deepEqual(statuses, [...Array.from({ length: 16 }, () => 200), 503]);
  assert.equal((await fetch(`${url}/readyz`)).status, 200);
  // 503, because the SDK is disabled.
  assert.match(await (await fetch(`${url}/metrics`)).text(), /^no metrics/);
});

/** An address of this machine that is not on the loopback interface. */
const OTHER = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

test(
  'a client on another interface needs the token of the file, which may change',
  { skip: OTHER === undefined && 'this machine has only the loopback interface' },
  async (t) => {
    const { start, directory } = await setup(t);
    const file = join(directory, 'token');
    await writeFile(file, 'first\n');
    const { url } = await start('happy-end', {
      ASYA_METRICS_ADDR: '0.0.0.0:0',
      ASYA_HOPS_TOKEN_FILE: file,
    });
    const ask = async (token?: string): Promise<number> => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const hops = url.replace('127.0.0.1', OTHER ?? '');
      const response = await fetch(`${hops}/hops`, { headers });
      await response.body?.cancel();
      return response.status;
    };
    assert.deepEqual([await ask(), await ask('second'), await ask('first')], [401, 401, 200]);
    await writeFile(file, 'second');
    assert.deepEqual([await ask('first'), await ask('second')], [401, 200]);
    await rm(file);
    assert.equal(await ask('second'), 403);
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
  },
);
