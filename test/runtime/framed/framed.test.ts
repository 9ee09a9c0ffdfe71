import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { createConnectionPool, type ConnectionPool } from '../../../src/runtime/connection/pool.ts';
import {
  createFramedConnection,
  ENVELOPE_FRAMES,
  PAYLOAD_FRAMES,
  type FrameProtocol,
} from '../../../src/runtime/framed/framed.ts';
import { createFrameDecoder, encodeFrame } from '../../../src/runtime/framed/framing.ts';
import { limitTime } from '../../../src/runtime/limits/timeLimit.ts';
import type { Reply } from '../../../src/runtime/runtime.ts';
import { lateCompletionOf } from '../../kit/runtimes/lateCompletion.ts';
import { faultMessageOf, payloadsOf } from '../../kit/runtimes/replies.ts';
import { callWith, request } from '../../kit/runtimes/request.ts';
import { openSocketServer, type SocketServer } from '../../kit/runtimes/socketServer.ts';
import { unixEndpoint } from '../../kit/runtimes/endpoints.ts';

const MAX_REPLY_BYTES = 1_000_000;

test('the runtime receives the payload byte for byte', async (t) => {
  const payload = '{ "big":12345678901234567890, "one":1.0,\n"a":"\\u0041", "a":2 }';
  const { ask } = await setup(t, (socket, body) => socket.write(frame(body)));
  assert.deepEqual(payloadsOf(await ask(payload)), [payload]);
});

test('a reply cut at any byte is read', async (t) => {
  const reply = frame('{"answer":[1,2,3]}');
  const cuts = [...reply.keys()];
  const { ask } = await setup(t, async (socket) => {
    const at = cuts.shift() ?? 0;
    socket.write(reply.subarray(0, at));
    // Separate turns of the event loop make the two parts separate chunks.
    await new Promise((resolve) => setTimeout(resolve, 1));
    socket.write(reply.subarray(at));
  });
  while (cuts.length > 0) assert.deepEqual(payloadsOf(await ask()), ['{"answer":[1,2,3]}']);
});

test('a large payload is sent and returned', async (t) => {
  const payload = JSON.stringify('x'.repeat(900_000));
  const { ask } = await setup(t, (socket, body) => socket.write(frame(body)));
  assert.deepEqual(payloadsOf(await ask(payload)), [payload]);
});

test('a second frame for one request is invalid and never answers the next request', async (t) => {
  const { ask, server } = await setup(t, (socket, body, call) =>
    socket.write(call === 1 ? Buffer.concat([frame('"stray"'), frame('"stray"')]) : frame(body)),
  );
  assert.match(faultMessageOf(await ask(), 'reply_invalid'), /second frame/);
  assert.deepEqual(payloadsOf(await ask('1')), ['1']);
  assert.equal(server.sockets.length, 2);
});

test('bytes after the reply are invalid', async (t) => {
  const { ask } = await setup(t, (socket) =>
    socket.write(Buffer.concat([frame('1'), Buffer.from('\n')])),
  );
  assert.match(faultMessageOf(await ask(), 'reply_invalid'), /1 bytes after its reply/);
});

test('bytes without a request close the connection and are reported', async (t) => {
  const { ask, server, unexpectedSizes } = await setup(t, (socket, body) =>
    socket.write(frame(body)),
  );
  await ask();
  const [socket] = server.sockets;
  socket?.write('boo');
  if (socket !== undefined) await once(socket, 'close');
  assert.deepEqual(payloadsOf(await ask('2')), ['2']);
  assert.deepEqual(unexpectedSizes, [3]);
});

test('a reply over the limit is rejected before it is read completely', async (t) => {
  const { ask, server } = await setup(t, (socket) =>
    socket.write(Buffer.from([0, 0x0f, 0x42, 0x41, 0x22])),
  );
  const message = faultMessageOf(await ask(), 'reply_too_large');
  assert.equal(message, 'the reply has 1000001 bytes, over the limit of 1000000');
  assert.equal(server.sockets.length, 1);
});

test('a reply without a frame is reported with a hint', async (t) => {
  const { ask } = await setup(t, (socket) => socket.write('{"ok":true}'));
  assert.match(
    faultMessageOf(await ask(), 'reply_too_large'),
    /spell "\{\\"ok"; is the reply framed\?/,
  );
});

for (const sentBytes of [1, 4, 6]) {
  test(`a reply that ends after ${sentBytes} bytes is truncated`, async (t) => {
    const { ask } = await setup(t, (socket) => socket.end(frame('{"a":1}').subarray(0, sentBytes)));
    assert.match(
      faultMessageOf(await ask(), 'reply_invalid'),
      new RegExp(`truncated: the connection ended after ${sentBytes} bytes`),
    );
  });
}

test('a reply that is not JSON is invalid, and the connection is kept', async (t) => {
  const { ask, server } = await setup(t, (socket, body, call) =>
    socket.write(call === 1 ? frame('oops') : frame(body)),
  );
  assert.match(faultMessageOf(await ask(), 'reply_invalid'), /the reply of 4 bytes is not JSON/);
  assert.deepEqual(payloadsOf(await ask('1')), ['1']);
  assert.equal(server.sockets.length, 1);
});

test('an empty frame is an empty reply', async (t) => {
  const { ask } = await setup(t, (socket) => socket.write(frame('')));
  assert.deepEqual(await ask(), { kind: 'answered', items: [], sizeBytes: 0 });
});

test('successive calls use one connection if the runtime keeps it', async (t) => {
  const { ask, server } = await setup(t, (socket, body) => socket.write(frame(body)));
  for (let n = 0; n < 20; n++) assert.deepEqual(payloadsOf(await ask(`${n}`)), [`${n}`]);
  assert.equal(server.sockets.length, 1);
});

test('concurrent calls use separate connections, which later calls reuse', async (t) => {
  const { ask, server } = await setup(t, (socket, body) => socket.write(frame(body)));
  for (let round = 0; round < 3; round++) {
    const replies = await Promise.all([ask('1'), ask('2'), ask('3')]);
    assert.deepEqual(replies.flatMap(payloadsOf), ['1', '2', '3']);
  }
  assert.equal(server.sockets.length, 3);
});

test('a runtime that closes after each reply receives one request per connection', async (t) => {
  const requests = new Map<Socket, number>();
  const { ask, server } = await setup(t, (socket, body) => {
    requests.set(socket, (requests.get(socket) ?? 0) + 1);
    socket.end(frame(body));
  });
  for (let n = 0; n < 20; n++) assert.deepEqual(payloadsOf(await ask(`${n}`)), [`${n}`]);
  assert.deepEqual(
    [...requests.values()],
    Array.from({ length: 20 }, () => 1),
  );
  assert.equal(server.sockets.length, 20);
});

test('a call that finds its connection closed is resent on a new connection', async (t) => {
  const asked: string[] = [];
  const { ask, server } = await setup(t, (socket, body) => {
    asked.push(body.toString());
    socket.write(frame(body));
  });
  await ask('1');
  // The client has not noticed the close when the next call starts in the same turn.
  server.sockets[0]?.destroy();
  assert.deepEqual(payloadsOf(await ask('2')), ['2']);
  assert.deepEqual(asked, ['1', '2']);
});

test('no call receives the reply of another call, however the runtime treats its connections', async (t) => {
  const behaviours = [
    'reply',
    'reply in pieces',
    'reply and close',
    'reply and half-close',
    'close',
  ] as const;
  const plans = fc.array(fc.constantFrom(...behaviours), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(plans, fc.integer({ min: 1, max: 4 }), async (plan, atOnce) => {
      const { ask, close } = await setup(t, (socket, body, call) => {
        const reply = frame(body);
        const behaviour = plan[call % plan.length] ?? 'reply';
        if (behaviour === 'close') socket.destroy();
        else if (behaviour === 'reply and half-close') socket.end(reply);
        else if (behaviour === 'reply and close') socket.end(reply, () => socket.destroy());
        else if (behaviour === 'reply') socket.write(reply);
        else for (const byte of reply) socket.write(Buffer.from([byte]));
      });
      for (let n = 0; n < plan.length; n += atOnce) {
        const asked = Array.from({ length: atOnce }, (_, index) => `"${n + index}"`);
        const replies = await Promise.all(asked.map(ask));
        for (const [index, reply] of replies.entries()) {
          if (reply.kind === 'answered') assert.deepEqual(payloadsOf(reply), [asked[index]]);
          else faultMessageOf(reply, 'runtime_crashed');
        }
      }
      await close();
    }),
    { numRuns: 60 },
  );
});

test('a call has crashed if the runtime closes the connection after reading the request', async (t) => {
  const { client } = await setup(t, (socket) => socket.destroy());
  const call = callWith(client, request());
  assert.match(faultMessageOf(await call, 'runtime_crashed'), /was closed before the reply/);
});

test('a crashed call on a kept connection is not resent', async (t) => {
  let calls = 0;
  const { ask } = await setup(t, (socket, body, call) => {
    calls++;
    if (call === 2) socket.destroy();
    else socket.write(frame(body));
  });
  await ask('1');
  faultMessageOf(await ask('2'), 'runtime_crashed');
  assert.equal(calls, 2);
});

test('a call has crashed and is not resent if the runtime dies while it reads a large request', async (t) => {
  let isPoisoned = false;
  const server = await openSocketServer(t, (socket) => {
    socket.on('data', (chunk: Buffer) => {
      if (isPoisoned) socket.destroy();
      else socket.write(chunk);
    });
  });
  const client = createConnectionPool({
    endpoint: unixEndpoint(server.socketPath),
    createConnection: (socket, events) =>
      createFramedConnection(socket, events, {
        protocol: PAYLOAD_FRAMES,
        maxReplyBytes: MAX_REPLY_BYTES,
        maxNesting: 100,
      }),
    onAbsent: () => {},
    onUnexpectedData: () => {},
  });
  t.after(() => client.close());
  await callWith(client, request());
  await callWith(client, request());
  isPoisoned = true;
  const reply = await callWith(client, request({ payload: JSON.stringify('x'.repeat(900_000)) }));
  faultMessageOf(reply, 'runtime_crashed');
  assert.equal(server.sockets.length, 1);
});

test('a call that has timed out is not resent', async (t) => {
  const { client, ask, server } = await setup(t, (socket, body) => socket.write(frame(body)));
  await ask();
  const [socket] = server.sockets;
  socket?.pause();
  const reply = await callWith(limitTime()(client), request({ timeoutMs: 500 }));
  faultMessageOf(reply, 'runtime_timeout');
  socket?.destroy();
  assert.equal(await lateCompletionOf(reply), 'closed');
  assert.equal(server.sockets.length, 1);
});

test('a call whose deadline passes during the wait for a connection is not sent', async (t) => {
  const { client, ask, server } = await setup(t, (socket, body) => socket.write(frame(body)));
  await ask('1');
  const headers = { 'x-asya-deadline': new Date(Date.now() + 10).toISOString() };
  const route = { actors: ['infer'], current: 0 };
  // The client waits up to 50 ms to detect whether the runtime keeps connections.
  const late = await callWith(
    client,
    request({ envelope: JSON.stringify({ id: 'late', headers, route, payload: 2 }) }),
  );
  faultMessageOf(late, 'deadline_exceeded');
  assert.deepEqual(payloadsOf(await ask('3')), ['3']);
  assert.equal(server.sockets.length, 1, 'the connection is kept');
});

test('a missing socket means an absent runtime', async (t) => {
  const { ask, server, absences } = await setup(t, (socket, body) => socket.write(frame(body)));
  await server.stop();
  const reply = await ask();
  assert.deepEqual(reply, {
    kind: 'absent',
    reason: `the socket ${server.socketPath} does not exist`,
  });
  assert.equal(absences.length, 1);
  await server.start();
  assert.deepEqual(payloadsOf(await ask('1')), ['1']);
});

test('close ends running calls as crashed', async (t) => {
  const asked = Promise.withResolvers<void>();
  const { client } = await setup(t, () => asked.resolve());
  const call = callWith(client, request());
  await asked.promise;
  await client.close();
  faultMessageOf(await call, 'runtime_crashed');
  assert.equal((await callWith(client, request())).kind, 'absent');
});

test('the client is quiet if no call runs and no connection is open', async (t) => {
  const { client, ask, server } = await setup(t, (socket, body) => socket.write(frame(body)));
  assert.equal(client.isQuiet(), true);
  const running = ask();
  assert.equal(client.isQuiet(), false);
  await running;
  assert.equal(client.isQuiet(), false);
  const [socket] = server.sockets;
  socket?.destroy();
  while (!client.isQuiet()) await new Promise(setImmediate);
});

test('the protocol envelope sends the envelope with the context of the call and receives envelopes', async (t) => {
  const asked: string[] = [];
  const reply = '[{"payload":{"n":2},"route":{"actors":["infer","post"],"current":1}}]';
  const { client } = await setup(
    t,
    (socket, body) => {
      asked.push(body.toString());
      socket.write(frame(reply));
    },
    ENVELOPE_FRAMES,
  );
  const envelope =
    '{"x":1.0,"id":"env-1","route":{"actors":["infer","post"],"current":0},"headers":{"a":1},"payload":{"n":1}}';
  const answer = await callWith(
    client,
    request({ envelope, context: { traceparent: '00-1-2-01' } }),
  );
  assert.deepEqual(payloadsOf(answer), ['{"n":2}']);
  assert.deepEqual(asked, [
    '{"x":1.0,"id":"env-1","route":{"actors":["infer","post"],"current":0},' +
      '"headers":{"traceparent":"00-1-2-01","a":1},"payload":{"n":1}}',
  ]);
});

interface Setup {
  readonly client: ConnectionPool;
  readonly server: SocketServer;
  readonly unexpectedSizes: number[];
  readonly absences: string[];
  readonly ask: (payload?: string) => Promise<Reply>;
  readonly close: () => Promise<void>;
}

/** Starts a runtime that handles each request with `serve`. `call` counts them from 1. */
async function setup(
  t: TestContext,
  serve: (socket: Socket, body: Buffer, call: number) => unknown,
  protocol: FrameProtocol = PAYLOAD_FRAMES,
): Promise<Setup> {
  let calls = 0;
  const server = await openSocketServer(t, (socket) => {
    const decoder = createFrameDecoder(Number.POSITIVE_INFINITY, {
      onFrame: (body) => void serve(socket, body, ++calls),
      onTooLarge: () => {},
    });
    socket.on('data', (chunk: Buffer) => decoder.push(chunk));
  });
  const unexpectedSizes: number[] = [];
  const absences: string[] = [];
  const client = createConnectionPool({
    endpoint: unixEndpoint(server.socketPath),
    createConnection: (socket, events) =>
      createFramedConnection(socket, events, {
        protocol,
        maxReplyBytes: MAX_REPLY_BYTES,
        maxNesting: 100,
      }),
    onAbsent: (reason) => absences.push(reason),
    onUnexpectedData: (sizeBytes) => unexpectedSizes.push(sizeBytes),
    crashPauseMs: 0,
  });
  t.after(() => client.close());
  const close = async (): Promise<void> => {
    await client.close();
    await server.stop();
  };
  return {
    client,
    server,
    unexpectedSizes,
    absences,
    close,
    ask: (payload = '{}') => callWith(client, request({ payload })),
  };
}

function frame(body: Buffer | string): Buffer {
  return Buffer.concat(encodeFrame(typeof body === 'string' ? Buffer.from(body) : body));
}
