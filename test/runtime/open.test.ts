import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { pino } from 'pino';
import { createFrameDecoder, encodeFrame } from '../../src/runtime/framing.ts';
import { openRuntime, type OpenedRuntime, type RuntimeOptions } from '../../src/runtime/open.ts';
import type { Runtime, RuntimeState } from '../../src/runtime/runtime.ts';
import { lateEnd } from '../helpers/lateEnd.ts';
import { request } from '../helpers/request.ts';
import { openSocketServer, temporarySocketPath } from '../helpers/socketServer.ts';

test('tells whether the runtime is there before it resolves', async (t) => {
  const { states, runtime } = await setup(t, await serve(t));
  assert.deepEqual(states, [{ ready: true }]);
  assert.equal((await runtime.call(request())).kind, 'answered');
});

test('a call that does not reach the runtime makes it not ready at once', async (t) => {
  const socketPath = await temporarySocketPath(t);
  const { states, runtime } = await setup(t, socketPath);
  const reason = `the socket ${socketPath} does not exist`;
  assert.deepEqual(states, [{ ready: false, reason }]);
  assert.deepEqual(await runtime.call(request()), { kind: 'absent', reason });
});

test('layers stand between the slots and the time limit', async (t) => {
  const seen: string[] = [];
  const layer = (next: Runtime): Runtime => ({
    call(it) {
      const call = next.call(it);
      void call.then((reply) => seen.push(reply.kind));
      return call;
    },
    close: () => next.close(),
  });
  const { runtime, turnAway } = await setup(t, await serve(t, () => {}), { around: [layer] });
  const running = runtime.call(request({ timeoutMs: 100 }));
  const waiting = runtime.call(request());
  turnAway();
  assert.equal((await waiting).kind, 'absent');
  assert.equal((await running).kind, 'failed');
  assert.deepEqual(seen, ['failed']);
});

test('a runtime that has let every call time out is not ready until it answers', async (t) => {
  const answers: (() => void)[] = [];
  const socketPath = await serve(t, (answer) => answers.push(answer));
  const { states, runtime } = await setup(t, socketPath);
  const call = runtime.call(request({ timeoutMs: 50 }));
  assert.equal((await call).kind, 'failed');
  assert.match(JSON.stringify(states.at(-1)), /timed out, and it has not answered since/);
  answers[0]?.();
  assert.equal(await lateEnd(await call), 'answered');
  assert.deepEqual(states.at(-1), { ready: true });
});

test('without a protocol every envelope is answered at once, with nothing to send on', async (t) => {
  const { states, runtime } = await setup(t, '/nowhere', { protocol: 'none' });
  assert.deepEqual(states, [{ ready: true }]);
  const call = runtime.call(request());
  assert.deepEqual(await call, { kind: 'answered', items: [], sizeBytes: 0 });
});

/** A runtime that answers with what it was asked; resolves to its socket. */
async function serve(t: TestContext, onRequest = (answer: () => void): unknown => answer()): Promise<string> {
  const { socketPath } = await openSocketServer(t, (socket) => {
    const decoder = createFrameDecoder(1_000_000, {
      onFrame: (body) => void onRequest(() => socket.write(Buffer.concat(encodeFrame(body)))),
      onTooLarge: () => {},
    });
    socket.on('data', (chunk: Buffer) => decoder.push(chunk));
  });
  return socketPath;
}

async function setup(
  t: TestContext,
  socketPath: string,
  options: Partial<RuntimeOptions> = {},
): Promise<OpenedRuntime & { states: RuntimeState[] }> {
  const states: RuntimeState[] = [];
  const opened = await openRuntime(
    {
      protocol: 'payload',
      socketPath,
      maxReplyBytes: 1_000_000,
      maxNesting: 100,
      readyTimeoutMs: 60_000,
      concurrency: 1,
      ...options,
    },
    (state) => states.push(state),
    pino({ level: 'silent' }),
  );
  t.after(() => opened.runtime.close());
  return { ...opened, states };
}
