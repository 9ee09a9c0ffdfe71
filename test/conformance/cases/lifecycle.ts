import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, rename, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { RuntimeState } from '../../../src/runtime/runtime.ts';
import { SECOND } from '../../../src/units.ts';
import { until, within } from '../../kit/processes/until.ts';
import { payloadsOf } from '../../kit/runtimes/replies.ts';
import { callWith, request } from '../../kit/runtimes/request.ts';
import { temporarySocketPath } from '../../kit/runtimes/socketServer.ts';
import type { Case } from '../case.ts';
import { createHold } from '../hold.ts';
import { openClient } from '../runtimeUnderTest.ts';

const ECHO = { do: 'return', value: 1 };

export const LIFECYCLE_CASES: readonly Case[] = [
  {
    title: 'the socket is accessible for owner and group only',
    needs: ['restricts the socket'],
    async run({ runtime }) {
      assert.equal((await stat(runtime.socketPath)).mode & 0o777, 0o660);
    },
  },
  {
    title: 'a socket that a killed process left behind is replaced',
    async run({ t, spawn }) {
      const socketPath = await temporarySocketPath(t);
      await leaveSocket(socketPath);
      const runtime = await spawn({ socketPath });
      await runtime.listening();
      assert.deepEqual(payloadsOf(await runtime.ask(ECHO)), ['1']);
    },
  },
  {
    title: 'a runtime that starts after the sidecar becomes ready when its actor is loaded',
    async run({ t, protocol, spawn }) {
      const socketPath = await temporarySocketPath(t);
      const states: RuntimeState[] = [];
      const client = await openClient(t, protocol, socketPath, (state) => states.push(state));
      assert.equal(states.at(-1)?.ready, false);
      const load = join(dirname(socketPath), 'load');
      const runtime = await spawn({ socketPath, env: { CONFORMANCE_LOAD: load } });
      assert.equal((await runtime.ask(ECHO)).kind, 'absent');
      assert.deepEqual(await readdir(dirname(socketPath)), []);
      await writeFile(load, '');
      await until(() => states.at(-1)?.ready === true, 'the runtime is ready', 20_000);
      const reply = await callWith(client, request({ payload: JSON.stringify(ECHO) }));
      assert.deepEqual(payloadsOf(reply), ['1']);
    },
  },
  {
    title: 'the file runtime-ready exists while the runtime serves',
    needs: ['writes a ready file', 'removes its files'],
    async run({ spawn }) {
      const runtime = await spawn();
      const folder = dirname(runtime.socketPath);
      await until(() => existsSync(join(folder, 'runtime-ready')), 'the ready file exists', 20_000);
      assert.deepEqual(payloadsOf(await runtime.ask(ECHO)), ['1']);
      await runtime.stop('SIGTERM');
      assert.deepEqual(await readdir(folder), []);
    },
  },
  {
    title: 'SIGTERM ends an idle runtime with the exit code 0',
    async run({ spawn }) {
      const runtime = await spawn();
      await runtime.listening();
      assert.equal(await runtime.stop('SIGTERM'), 0, runtime.output());
    },
  },
  {
    title: 'SIGTERM ends a runtime with an idle connection with the exit code 0',
    needs: ['serves connections concurrently'],
    async run({ spawn }) {
      const runtime = await spawn();
      await runtime.listening();
      await runtime.connect();
      assert.deepEqual(payloadsOf(await runtime.ask(ECHO)), ['1']);
      assert.equal(await runtime.stop('SIGTERM'), 0, runtime.output());
    },
  },
  {
    title: 'a call that runs at SIGTERM is answered, and the exit code is 0',
    needs: ['finishes calls'],
    async run({ spawn }) {
      const runtime = await spawn();
      await runtime.listening();
      const hold = createHold(runtime, 'finished');
      const reply = runtime.ask(hold.action);
      await hold.begun();
      const stopped = runtime.stop('SIGTERM');
      await hold.release();
      assert.deepEqual(payloadsOf(await reply), ['"finished"']);
      // The client keeps its connection, for which Node would wait 5 s.
      assert.equal(await within(stopped, 'the exit after the reply', 4 * SECOND), 0);
    },
  },
  {
    title: 'a runtime that dies during a call has crashed',
    async run({ spawn }) {
      const runtime = await spawn();
      await runtime.listening();
      const reply = await runtime.ask({ do: 'exit' });
      assert.ok(reply.kind === 'failed' && reply.fault.code === 'runtime_crashed');
      assert.equal(await runtime.stop('SIGKILL'), 3, runtime.output());
    },
  },
];

/** Leaves a socket without a process that listens on it. */
async function leaveSocket(socketPath: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(`${socketPath}.listening`, resolve);
  });
  // Node removes the socket under its first name only.
  await rename(`${socketPath}.listening`, socketPath);
  await new Promise((resolve) => server.close(resolve));
}
