import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Log } from '../../../src/log.ts';
import {
  openReadinessProbe,
  type ReadinessProbe,
  type ReadinessProbeOptions,
} from '../../../src/runtime/readiness/readinessProbe.ts';
import type { RuntimeState } from '../../../src/runtime/runtime.ts';
import { temporarySocketPath } from '../../kit/runtimes/socketServer.ts';
import { unixEndpoint } from '../../kit/runtimes/endpoints.ts';

test('a runtime whose socket accepts a connection is ready', async (t) => {
  const { states, probe, listen, connections } = await setup(t);
  await listen();
  await probe.check();
  assert.deepEqual(states, [{ ready: true }]);
  assert.equal(connections(), 1);
});

test('a runtime with a runtime-ready file is ready without a connection', async (t) => {
  const { states, probe, listen, connections, readyFile } = await setup(t);
  await listen();
  await writeFile(readyFile, 'ready');
  await probe.check();
  assert.deepEqual(states, [{ ready: true }]);
  assert.equal(connections(), 0);
});

test('an unavailable runtime is checked until it is ready', async (t) => {
  const { states, listen, socketPath, nextState } = await setup(t, { intervalMs: 5 });
  await nextState();
  assert.deepEqual(states, [{ ready: false, reason: `the socket ${socketPath} does not exist` }]);
  await listen();
  assert.deepEqual(await nextState(), { ready: true });
});

test('the loss of an idle runtime is detected before the next call', async (t) => {
  const { listen, stop, nextState } = await setup(t, { intervalMs: 5 });
  await listen();
  assert.deepEqual(await nextState(), { ready: true });
  await stop();
  assert.equal((await nextState()).ready, false);
});

test('a ready runtime is not checked while it is not quiet', async (t) => {
  let rounds = 0;
  const isQuiet = (): boolean => ++rounds > 3;
  const { listen, nextState, stop } = await setup(t, { intervalMs: 2, isQuiet });
  await listen();
  await nextState();
  await stop();
  assert.equal((await nextState()).ready, false);
  assert.ok(rounds > 3, `detected after ${rounds} checks`);
});

test('reportUnreachable makes the runtime unready at once', async (t) => {
  const { states, probe, listen } = await setup(t);
  await listen();
  await probe.check();
  probe.reportUnreachable('no process listens');
  assert.deepEqual(states, [{ ready: true }, { ready: false, reason: 'no process listens' }]);
});

test('after reportUnreachable, the runtime-ready file is ignored until it is written again', async (t) => {
  const { states, probe, readyFile } = await setup(t);
  await writeFile(readyFile, 'ready');
  await probe.check();
  probe.reportUnreachable('no process listens');
  await probe.check();
  assert.deepEqual(states.map(({ ready }) => ready).slice(0, 2), [true, false]);
  assert.equal(states.at(-1)?.ready, false);
  await utimes(readyFile, new Date(), new Date(Date.now() + 1000));
  await probe.check();
  assert.deepEqual(states.at(-1), { ready: true });
});

test('a removed runtime-ready file makes the runtime unready', async (t) => {
  const { states, probe, readyFile } = await setup(t);
  await writeFile(readyFile, 'ready');
  await probe.check();
  await rm(readyFile);
  await probe.check();
  assert.equal(states.at(-1)?.ready, false);
});

test('the ready timeout is logged once and added to the reason', async (t) => {
  const { states, probe, errors, listen, stop } = await setup(t, { readyTimeoutMs: 0 });
  for (let n = 0; n < 3; n++) await probe.check();
  assert.equal(errors.length, 1);
  assert.match(JSON.stringify(states.at(-1)), /does not exist \(for longer than 0 ms\)/);
  await listen();
  await probe.check();
  await stop();
  await probe.check();
  assert.equal(errors.length, 2);
});

interface Setup {
  readonly probe: ReadinessProbe;
  readonly socketPath: string;
  readonly readyFile: string;
  readonly states: RuntimeState[];
  readonly errors: unknown[];
  /** Resolves with the first reported state that it has not returned before. */
  readonly nextState: () => Promise<RuntimeState>;
  readonly listen: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** The number of accepted connections. */
  readonly connections: () => number;
}

async function setup(t: TestContext, options: Partial<ReadinessProbeOptions> = {}): Promise<Setup> {
  const socketPath = await temporarySocketPath(t);
  const states: RuntimeState[] = [];
  const errors: unknown[] = [];
  let reported = Promise.withResolvers<void>();
  let returned = 0;
  let connections = 0;
  let server: Server | undefined;

  async function nextState(): Promise<RuntimeState> {
    for (;;) {
      const state = states[returned];
      if (state === undefined) await reported.promise;
      else {
        returned++;
        return state;
      }
    }
  }

  async function listen(): Promise<void> {
    server = createServer((socket) => {
      connections++;
      socket.resume();
    });
    server.listen(socketPath);
    await once(server, 'listening');
  }

  async function stop(): Promise<void> {
    if (server?.listening !== true) return;
    server.close();
    await once(server, 'close');
  }

  const ignore = (): void => {};
  const log: Log = {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (it: unknown) => void errors.push(it),
  };
  const probe = openReadinessProbe({
    endpoint: unixEndpoint(socketPath),
    readyTimeoutMs: 60_000,
    intervalMs: 60_000,
    isQuiet: () => true,
    onState(state) {
      states.push(state);
      reported.resolve();
      reported = Promise.withResolvers();
    },
    log,
    ...options,
  });
  t.after(() => probe.close());
  t.after(stop);
  const readyFile = join(dirname(socketPath), 'runtime-ready');
  return {
    probe,
    socketPath,
    readyFile,
    states,
    errors,
    nextState,
    listen,
    stop,
    connections: () => connections,
  };
}
