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

test('a runtime whose socket takes a connection is ready', async (t) => {
  const { states, readiness, listen, connections } = await setup(t);
  await listen();
  await readiness.check();
  assert.deepEqual(states, [{ ready: true }]);
  assert.equal(connections(), 1);
});

test('a runtime that has written its file is ready without a connection', async (t) => {
  const { states, readiness, listen, connections, readyFile } = await setup(t);
  await listen();
  await writeFile(readyFile, 'ready');
  await readiness.check();
  assert.deepEqual(states, [{ ready: true }]);
  assert.equal(connections(), 0);
});

test('a runtime that is missing is looked for until it is there', async (t) => {
  const { states, listen, socketPath, nextState } = await setup(t, { intervalMs: 5 });
  await nextState();
  assert.deepEqual(states, [{ ready: false, reason: `the socket ${socketPath} does not exist` }]);
  await listen();
  assert.deepEqual(await nextState(), { ready: true });
});

test('a runtime that goes away while nothing is to do is missed before the next call', async (t) => {
  const { listen, stop, nextState } = await setup(t, { intervalMs: 5 });
  await listen();
  assert.deepEqual(await nextState(), { ready: true });
  await stop();
  assert.equal((await nextState()).ready, false);
});

test('a ready runtime with something to do is not disturbed', async (t) => {
  let rounds = 0;
  const isQuiet = (): boolean => ++rounds > 3;
  const { listen, nextState, stop } = await setup(t, { intervalMs: 2, isQuiet });
  await listen();
  await nextState();
  await stop();
  assert.equal((await nextState()).ready, false);
  assert.ok(rounds > 3, `missed after ${rounds} rounds`);
});

test('a call that did not reach the runtime makes it not ready at once', async (t) => {
  const { states, readiness, listen } = await setup(t);
  await listen();
  await readiness.check();
  readiness.reportUnreachable('no process listens');
  assert.deepEqual(states, [{ ready: true }, { ready: false, reason: 'no process listens' }]);
});

test('the file of a runtime that was found absent is believed again when it is written again', async (t) => {
  const { states, readiness, readyFile } = await setup(t);
  await writeFile(readyFile, 'ready');
  await readiness.check();
  readiness.reportUnreachable('no process listens');
  await readiness.check();
  assert.deepEqual(states.map(({ ready }) => ready).slice(0, 2), [true, false]);
  assert.equal(states.at(-1)?.ready, false);
  await utimes(readyFile, new Date(), new Date(Date.now() + 1000));
  await readiness.check();
  assert.deepEqual(states.at(-1), { ready: true });
});

test('a file that is gone is no sign of a runtime', async (t) => {
  const { states, readiness, readyFile } = await setup(t);
  await writeFile(readyFile, 'ready');
  await readiness.check();
  await rm(readyFile);
  await readiness.check();
  assert.equal(states.at(-1)?.ready, false);
});

test('a runtime that stays away is told once, in the log and in the state', async (t) => {
  const { states, readiness, errors, listen, stop } = await setup(t, { readyTimeoutMs: 0 });
  for (let n = 0; n < 3; n++) await readiness.check();
  assert.equal(errors.length, 1);
  assert.match(JSON.stringify(states.at(-1)), /does not exist \(for longer than 0 ms\)/);
  await listen();
  await readiness.check();
  await stop();
  await readiness.check();
  assert.equal(errors.length, 2);
});

interface Setup {
  readonly readiness: ReadinessProbe;
  readonly socketPath: string;
  readonly readyFile: string;
  readonly states: RuntimeState[];
  readonly errors: unknown[];
  /**
   * Resolves with the next state that is reported, or the one that was and that nobody has asked
   * for.
   */
  readonly nextState: () => Promise<RuntimeState>;
  readonly listen: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** How many connections the runtime has seen. */
  readonly connections: () => number;
}

async function setup(t: TestContext, options: Partial<ReadinessProbeOptions> = {}): Promise<Setup> {
  const socketPath = await temporarySocketPath(t);
  const states: RuntimeState[] = [];
  const errors: unknown[] = [];
  let reported = Promise.withResolvers<void>();
  let asked = 0;
  let connections = 0;
  let server: Server | undefined;

  async function nextState(): Promise<RuntimeState> {
    for (;;) {
      const state = states[asked];
      if (state === undefined) await reported.promise;
      else {
        asked++;
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
  const readiness = openReadinessProbe({
    socketPath,
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
  t.after(() => readiness.close());
  t.after(stop);
  const readyFile = join(dirname(socketPath), 'runtime-ready');
  return {
    readiness,
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
