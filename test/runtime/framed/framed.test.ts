import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import {
  createPooledRuntime,
  type RuntimeClient,
} from '../../../src/runtime/connection/connections.ts';
import {
  createFramedConnection,
  ENVELOPE_FRAMES,
  PAYLOAD_FRAMES,
  type FrameProtocol,
} from '../../../src/runtime/framed/framed.ts';
import { createFrameDecoder, encodeFrame } from '../../../src/runtime/framed/framing.ts';
import { limitTime } from '../../../src/runtime/limits/limits.ts';
import type { Reply } from '../../../src/runtime/runtime.ts';
import { lateCompletionOf } from '../../kit/runtimes/lateCompletion.ts';
import { request } from '../../kit/runtimes/request.ts';
import { openSocketServer, type SocketServer } from '../../kit/runtimes/socketServer.ts';

const MAX_REPLY_BYTES = 1_000_000;

test('the runtime gets the bytes of the payload as they came', async (t) => {
  const payload = '{ "big":12345678901234567890, "one":1.0,\n"a":"\\u0041", "a":2 }';
  const { ask } = await setup(t, (socket, body) => socket.write(frame(body)));
  assert.deepEqual(payloadsIn(await ask(payload)), [payload]);
});

test('a reply is taken however it is cut', async (t) => {
  const reply = frame('{"answer":[1,2,3]}');
  const cuts = [...reply.keys()];
  const { ask } = await setup(t, async (socket) => {
    const at = cuts.shift() ?? 0;
    socket.write(reply.subarray(0, at));
    // Each part is a chunk of its own for the other side, when it is written in a turn of its own.
    await new Promise((resolve) => setTimeout(resolve, 1));
    socket.write(reply.subarray(at));
  });
  while (cuts.length > 0) assert.deepEqual(payloadsIn(await ask()), ['{"answer":[1,2,3]}']);
});

test('a large payload travels both ways', async (t) => {
  const payload = JSON.stringify('x'.repeat(900_000));
  const { ask } = await setup(t, (socket, body) => socket.write(frame(body)));
  assert.deepEqual(payloadsIn(await ask(payload)), [payload]);
});

test('a second frame for one request is invalid, and taken for no other reply', async (t) => {
  const { ask, server } = await setup(t, (socket, body, call) =>
    socket.write(call === 1 ? Buffer.concat([frame('"stray"'), frame('"stray"')]) : frame(body)),
  );
  assert.match(faultOf(await ask(), 'reply_invalid'), /second frame/);
  assert.deepEqual(payloadsIn(await ask('1')), ['1']);
  assert.equal(server.sockets.length, 2);
});

test('bytes after the reply are invalid', async (t) => {
  const { ask } = await setup(t, (socket) =>
    socket.write(Buffer.concat([frame('1'), Buffer.from('\n')])),
  );
  assert.match(faultOf(await ask(), 'reply_invalid'), /1 bytes after its reply/);
});

test('bytes that nobody asked for end the connection, with a warning', async (t) => {
  const { ask, server, warnings } = await setup(t, (socket, body) => socket.write(frame(body)));
  await ask();
  const [socket] = server.sockets;
  socket?.write('boo');
  if (socket !== undefined) await once(socket, 'close');
  assert.deepEqual(payloadsIn(await ask('2')), ['2']);
  assert.match(warnings.join(), /3 bytes without a request/);
});

test('a reply that is too large is refused without being read to the end', async (t) => {
  const { ask, server } = await setup(t, (socket) =>
    socket.write(Buffer.from([0, 0x0f, 0x42, 0x41, 0x22])),
  );
  const message = faultOf(await ask(), 'reply_too_large');
  assert.equal(message, 'the reply has 1000001 bytes, over the limit of 1000000');
  assert.equal(server.sockets.length, 1);
});

test('a reply without a frame is told to be one', async (t) => {
  const { ask } = await setup(t, (socket) => socket.write('{"ok":true}'));
  assert.match(faultOf(await ask(), 'reply_too_large'), /spell "\{\\"ok"; is the reply framed\?/);
});

for (const sentBytes of [1, 4, 6]) {
  test(`a reply that ends after ${sentBytes} bytes is truncated`, async (t) => {
    const { ask } = await setup(t, (socket) => socket.end(frame('{"a":1}').subarray(0, sentBytes)));
    assert.match(
      faultOf(await ask(), 'reply_invalid'),
      new RegExp(`truncated: the connection ended after ${sentBytes} bytes`),
    );
  });
}

test('a reply that is not JSON is invalid, and the connection goes on', async (t) => {
  const { ask, server } = await setup(t, (socket, body, call) =>
    socket.write(call === 1 ? frame('oops') : frame(body)),
  );
  assert.match(faultOf(await ask(), 'reply_invalid'), /the reply of 4 bytes is not JSON/);
  assert.deepEqual(payloadsIn(await ask('1')), ['1']);
  assert.equal(server.sockets.length, 1);
});

test('an empty frame is an empty reply', async (t) => {
  const { ask } = await setup(t, (socket) => socket.write(frame('')));
  assert.deepEqual(await ask(), { kind: 'answered', items: [], sizeBytes: 0 });
});

test('one connection serves one call after the other, as long as the runtime keeps it', async (t) => {
  const { ask, server } = await setup(t, (socket, body) => socket.write(frame(body)));
  for (let n = 0; n < 20; n++) assert.deepEqual(payloadsIn(await ask(`${n}`)), [`${n}`]);
  assert.equal(server.sockets.length, 1);
});

test('calls at once have a connection each, and keep them for the next ones', async (t) => {
  const { ask, server } = await setup(t, (socket, body) => socket.write(frame(body)));
  for (let round = 0; round < 3; round++) {
    const replies = await Promise.all([ask('1'), ask('2'), ask('3')]);
    assert.deepEqual(replies.flatMap(payloadsIn), ['1', '2', '3']);
  }
  assert.equal(server.sockets.length, 3);
});

test('a runtime that closes after each reply gets a connection for each call, and never a second request', async (t) => {
  const requests = new Map<Socket, number>();
  const { ask, server } = await setup(t, (socket, body) => {
    requests.set(socket, (requests.get(socket) ?? 0) + 1);
    socket.end(frame(body));
  });
  for (let n = 0; n < 20; n++) assert.deepEqual(payloadsIn(await ask(`${n}`)), [`${n}`]);
  assert.deepEqual(
    [...requests.values()],
    Array.from({ length: 20 }, () => 1),
  );
  assert.equal(server.sockets.length, 20);
});

test('a call that finds its connection closed is silently tried on a fresh one', async (t) => {
  const asked: string[] = [];
  const { ask, server } = await setup(t, (socket, body) => {
    asked.push(body.toString());
    socket.write(frame(body));
  });
  await ask('1');
  // Closed in the same turn as the next call is made: nobody can know of it yet.
  server.sockets[0]?.destroy();
  assert.deepEqual(payloadsIn(await ask('2')), ['2']);
  assert.deepEqual(asked, ['1', '2']);
});

test('every call gets its own reply or none, whatever the runtime does to its connections', async (t) => {
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
          if (reply.kind === 'answered') assert.deepEqual(payloadsIn(reply), [asked[index]]);
          else faultOf(reply, 'runtime_crashed');
        }
      }
      await close();
    }),
    { numRuns: 60 },
  );
});

test('a call fails as crashed when the runtime has read its request and is gone', async (t) => {
  const { client } = await setup(t, (socket) => socket.destroy());
  const call = client.call(request());
  assert.match(faultOf(await call, 'runtime_crashed'), /was closed before the reply/);
});

test('a call on a kept connection fails as crashed too, and is not tried again', async (t) => {
  let calls = 0;
  const { ask } = await setup(t, (socket, body, call) => {
    calls++;
    if (call === 2) socket.destroy();
    else socket.write(frame(body));
  });
  await ask('1');
  faultOf(await ask('2'), 'runtime_crashed');
  assert.equal(calls, 2);
});

test('a runtime that dies of a large request which it has begun to read has crashed, and is not asked again', async (t) => {
  let isPoisoned = false;
  const server = await openSocketServer(t, (socket) => {
    socket.on('data', (chunk: Buffer) => {
      if (isPoisoned) socket.destroy();
      else socket.write(chunk);
    });
  });
  const client = createPooledRuntime({
    socketPath: server.socketPath,
    createConnection: (socket, events) =>
      createFramedConnection(socket, events, {
        protocol: PAYLOAD_FRAMES,
        maxReplyBytes: MAX_REPLY_BYTES,
        maxNesting: 100,
      }),
    onAbsent: () => {},
    onMisuse: () => {},
  });
  t.after(() => client.close());
  await client.call(request());
  await client.call(request());
  isPoisoned = true;
  const reply = await client.call(request({ payload: JSON.stringify('x'.repeat(900_000)) }));
  faultOf(reply, 'runtime_crashed');
  assert.equal(server.sockets.length, 1);
});

test('a call that nobody waits for any more is not tried again', async (t) => {
  const { client, ask, server } = await setup(t, (socket, body) => socket.write(frame(body)));
  await ask();
  const [socket] = server.sockets;
  socket?.pause();
  const reply = await limitTime()(client).call(request({ timeoutMs: 500 }));
  faultOf(reply, 'runtime_timeout');
  socket?.destroy();
  assert.equal(await lateCompletionOf(reply), 'closed');
  assert.equal(server.sockets.length, 1);
});

test('a call whose deadline passes while it waits for its connection is not made', async (t) => {
  const { client, ask, server } = await setup(t, (socket, body) => socket.write(frame(body)));
  await ask('1');
  const headers = { 'x-asya-deadline': new Date(Date.now() + 10).toISOString() };
  const route = { actors: ['infer'], current: 0 };
  // It waits for up to 50 ms, until it is known whether the runtime keeps its connections.
  const late = await client.call(
    request({ envelope: JSON.stringify({ id: 'late', headers, route, payload: 2 }) }),
  );
  faultOf(late, 'deadline_exceeded');
  assert.deepEqual(payloadsIn(await ask('3')), ['3']);
  assert.equal(server.sockets.length, 1, 'the connection is kept');
});

test('a missing socket is an absent runtime', async (t) => {
  const { ask, server, absences } = await setup(t, (socket, body) => socket.write(frame(body)));
  await server.stop();
  const reply = await ask();
  assert.deepEqual(reply, {
    kind: 'absent',
    reason: `the socket ${server.socketPath} does not exist`,
  });
  assert.equal(absences.length, 1);
  await server.start();
  assert.deepEqual(payloadsIn(await ask('1')), ['1']);
});

test('closing ends the calls on their way as crashed', async (t) => {
  const asked = Promise.withResolvers<void>();
  const { client } = await setup(t, () => asked.resolve());
  const call = client.call(request());
  await asked.promise;
  await client.close();
  faultOf(await call, 'runtime_crashed');
  assert.equal((await client.call(request())).kind, 'absent');
});

test('is quiet when no call runs and no connection is kept', async (t) => {
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

test('envelope: the whole envelope goes there with the context of the call, and envelopes come back', async (t) => {
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
  const answer = await client.call(request({ envelope, context: { traceparent: '00-1-2-01' } }));
  assert.deepEqual(payloadsIn(answer), ['{"n":2}']);
  assert.deepEqual(asked, [
    '{"x":1.0,"id":"env-1","route":{"actors":["infer","post"],"current":0},' +
      '"headers":{"traceparent":"00-1-2-01","a":1},"payload":{"n":1}}',
  ]);
});

interface Setup {
  readonly client: RuntimeClient;
  readonly server: SocketServer;
  readonly warnings: string[];
  readonly absences: string[];
  readonly ask: (payload?: string) => Promise<Reply>;
  readonly close: () => Promise<void>;
}

/** A runtime that answers whole requests as `serve` says; `call` counts them, the first being 1. */
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
  const warnings: string[] = [];
  const absences: string[] = [];
  const client = createPooledRuntime({
    socketPath: server.socketPath,
    createConnection: (socket, events) =>
      createFramedConnection(socket, events, {
        protocol,
        maxReplyBytes: MAX_REPLY_BYTES,
        maxNesting: 100,
      }),
    onAbsent: (reason) => absences.push(reason),
    onMisuse: (message) => warnings.push(message),
  });
  t.after(() => client.close());
  const close = async (): Promise<void> => {
    await client.close();
    await server.stop();
  };
  return {
    client,
    server,
    warnings,
    absences,
    close,
    ask: (payload = '{}') => client.call(request({ payload })),
  };
}

function frame(body: Buffer | string): Buffer {
  return Buffer.concat(encodeFrame(typeof body === 'string' ? Buffer.from(body) : body));
}

function payloadsIn(reply: Reply): string[] {
  assert.equal(reply.kind, 'answered', JSON.stringify(reply));
  return reply.kind === 'answered' ? reply.items.map((item) => item.payload.toString()) : [];
}

function faultOf(reply: Reply, code: string): string {
  assert.ok(reply.kind === 'failed' && reply.fault.code === code, JSON.stringify(reply));
  return reply.fault.message;
}
