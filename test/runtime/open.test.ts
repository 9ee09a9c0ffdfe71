import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test, type TestContext } from 'node:test';
import { pino } from 'pino';
import { createFrameDecoder, encodeFrame } from '../../src/runtime/framed/framing.ts';
import { compose } from '../../src/compose.ts';
import { joinCalls } from '../../src/runtime/batch/joinCalls.ts';
import { openRuntime, type RuntimeOptions } from '../../src/runtime/open.ts';
import type { Reply, Runtime, RuntimeLayer, RuntimeState } from '../../src/runtime/runtime.ts';
import { lateCompletionOf } from '../kit/runtimes/lateCompletion.ts';
import { request } from '../kit/runtimes/request.ts';
import { openSocketServer, temporarySocketPath } from '../kit/runtimes/socketServer.ts';
import { until } from '../kit/processes/until.ts';
import { tcpEndpoint, unixEndpoint } from '../kit/runtimes/endpoints.ts';
import { openTcpServer } from '../kit/runtimes/tcpServer.ts';

const OPTIONS: RuntimeOptions = {
  protocol: 'payload',
  endpoint: unixEndpoint('/nowhere'),
  maxReplyBytes: 1_000_000,
  maxNesting: 100,
  readyTimeoutMs: 60_000,
  concurrency: 1,
  onState() {},
  log: pino({ level: 'silent' }),
};

test('openRuntime reports the state of the runtime before it resolves', async (t) => {
  const { states, runtime } = await setup(t, await serve(t));
  assert.deepEqual(states, [{ ready: true }]);
  assert.equal((await runtime.call(request())).kind, 'answered');
});

test('a runtime without a socket is unready, and its calls are absent', async (t) => {
  const socketPath = await temporarySocketPath(t);
  const { states, runtime } = await setup(t, socketPath);
  const reason = `the socket ${socketPath} does not exist`;
  assert.deepEqual(states, [{ ready: false, reason }]);
  assert.deepEqual(await runtime.call(request()), { kind: 'absent', reason });
});

test('a layer between the slots and the time limit receives running calls only', async (t) => {
  const seen: string[] = [];
  const layer = (next: Runtime): Runtime => ({
    call(it) {
      const call = next.call(it);
      void call.then((reply) => seen.push(reply.kind));
      return call;
    },
    close: () => next.close(),
  });
  const { runtime, rejectWaiting } = await setup(t, await serve(t, () => {}), {
    around: [layer],
  });
  const running = runtime.call(request({ timeoutMs: 100 }));
  const waiting = runtime.call(request());
  rejectWaiting();
  assert.equal((await waiting).kind, 'absent');
  assert.equal((await running).kind, 'failed');
  assert.deepEqual(seen, ['failed']);
});

test('a runtime that has let every call time out is unready until it answers', async (t) => {
  const answers: (() => void)[] = [];
  const socketPath = await serve(t, (answer) => answers.push(answer));
  const { states, runtime } = await setup(t, socketPath);
  const call = runtime.call(request({ timeoutMs: 200 }));
  assert.equal((await call).kind, 'failed');
  assert.match(JSON.stringify(states.at(-1)), /timed out and is still running/);
  answers[0]?.();
  assert.equal(await lateCompletionOf(await call), 'answered');
  assert.deepEqual(states.at(-1), { ready: true });
});

for (const protocol of ['payload', 'envelope', 'http'] as const) {
  test(`a timeout before the first byte of a runtime names the protocol ${protocol} as the likely cause`, async (t) => {
    const { socketPath } = await openSocketServer(t, (socket) => socket.resume());
    const { runtime } = await setup(t, socketPath, { protocol });
    const reply = await runtime.call(request({ timeoutMs: 200 }));
    assert.ok(
      reply.kind === 'failed' && reply.fault.code === 'runtime_timeout',
      JSON.stringify(reply),
    );
    assert.equal(
      reply.fault.message,
      'the runtime did not reply within 200 ms and has not sent a byte yet; ' +
        `does it use the protocol of ASYA_RUNTIME_PROTOCOL (${protocol})?`,
    );
  });
}

test('a timeout of a runtime that has answered before does not mention the protocol', async (t) => {
  let calls = 0;
  const { runtime } = await setup(t, await serve(t, (answer) => ++calls === 1 && answer()));
  assert.equal((await runtime.call(request())).kind, 'answered');
  assert.match(messageOf(await runtime.call(request({ timeoutMs: 200 }))), /within 200 ms$/);
});

test('a restarted runtime has not sent a byte yet', async (t) => {
  let isSilent = false;
  const server = await openSocketServer(t, (socket) => {
    if (isSilent) socket.resume();
    else socket.on('data', (chunk: Buffer) => socket.write(chunk));
  });
  const { runtime, states } = await setup(t, server.socketPath, { concurrency: 2 });
  assert.equal((await runtime.call(request())).kind, 'answered');
  await server.stop();
  assert.equal((await runtime.call(request())).kind, 'absent');
  isSilent = true;
  await server.start();
  await until(() => states.at(-1)?.ready === true, 'a runtime that is ready');
  assert.match(messageOf(await runtime.call(request({ timeoutMs: 200 }))), /ASYA_RUNTIME_PROTOCOL/);
});

test('a call that a proxy answers with 502 is followed by a health request at once', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] }); // no check by the clock
  let status = 200;
  const server = await openTcpServer(t, () =>
    createServer((_, response) => response.writeHead(status).end()),
  );
  const { states, runtime } = await setup(t, '', {
    protocol: 'http',
    endpoint: tcpEndpoint(server.port),
    http: { target: '/', host: 'model', healthPath: '/health' },
  });
  assert.deepEqual(states, [{ ready: true }]);
  status = 502;
  assert.match(messageOf(await runtime.call(request())), /502/);
  await until(() => states.at(-1)?.ready === false, 'the health request');
});

test('with the protocol none, each call is answered at once with an empty reply', async (t) => {
  const { states, runtime } = await setup(t, '/nowhere', { protocol: 'none' });
  assert.deepEqual(states, [{ ready: true }]);
  const call = runtime.call(request());
  assert.deepEqual(await call, { kind: 'answered', items: [], sizeBytes: 0 });
});

function messageOf(reply: Reply): string {
  assert.ok(reply.kind === 'failed', JSON.stringify(reply));
  return reply.fault.message;
}

/** Starts a runtime that returns each payload. Resolves with its socket path. */
async function serve(
  t: TestContext,
  onRequest = (answer: () => void): unknown => answer(),
): Promise<string> {
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
  { around = [], ...options }: Partial<RuntimeOptions> & { around?: RuntimeLayer[] } = {},
): Promise<{ runtime: Runtime; rejectWaiting: () => void; states: RuntimeState[] }> {
  const states: RuntimeState[] = [];
  const opened = await openRuntime({
    ...OPTIONS,
    endpoint: unixEndpoint(socketPath),
    onState: (state) => states.push(state),
    ...options,
  });
  const runtime = compose<Runtime>(
    [opened.formBatches, ...around],
    joinCalls(opened.limitTime(opened.client)),
  );
  t.after(() => runtime.close());
  return { runtime, rejectWaiting: opened.rejectWaiting, states };
}
