import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { payloadOf } from '../../../src/envelope/envelope.ts';
import { createConnectionPool } from '../../../src/runtime/connection/pool.ts';
import { createFramedConnection, PAYLOAD_FRAMES } from '../../../src/runtime/framed/framed.ts';
import { createFrameDecoder, encodeFrame } from '../../../src/runtime/framed/framing.ts';
import { createHttpConnection } from '../../../src/runtime/http/http.ts';
import { encodePayloads } from '../../../src/runtime/payloads/payloads.ts';
import type { CallReply, RuntimeClient } from '../../../src/runtime/runtime.ts';
import { KIB, MIB } from '../../../src/units.ts';
import { payloadsOf } from '../../kit/runtimes/replies.ts';
import { batchOf, callOf } from '../../kit/runtimes/request.ts';
import { openSocketServer, temporarySocketPath } from '../../kit/runtimes/socketServer.ts';
import { unixEndpoint } from '../../kit/runtimes/endpoints.ts';

const LIMITS = { maxReplyBytes: 64 * MIB, maxNesting: 100 };

interface Runtime {
  readonly client: RuntimeClient;
  readonly bodies: readonly string[];
}

for (const [protocol, open] of [
  ['payload', openFramed],
  ['http', openHttp],
] as const) {
  test(`${protocol}: a batch is an array of payloads byte for byte, and so is its reply`, async (t) => {
    const payloads = ['{ "big":12345678901234567890 }', '[1,2]', 'null', '"\\u0041"'] as const;
    const { client, bodies } = await open(t, (body) => body.toString().replace('[1,2]', '[[1,2]]'));
    const reply = await client.send(batchOf([{ payload: '1' }, ...payloads.map(toRequest)]));
    assert.equal(bodies[0], `[1,${payloads.join(',')}]`);
    assert.deepEqual(itemsOf(reply), [['1'], [payloads[0]], ['[1,2]'], [], ['"\\u0041"']]);
  });

  test(`${protocol}: a batch of one is an array, and a call without a batch is none`, async (t) => {
    const { client, bodies } = await open(t, (body) => body);
    assert.deepEqual(itemsOf(await client.send(batchOf([{ payload: '{"a":1}' }]))), [['{"a":1}']]);
    assert.deepEqual(itemsOf(await client.send(callOf({ payload: '{"a":1}' }))), [['{"a":1}']]);
    assert.deepEqual(bodies, ['[{"a":1}]', '{"a":1}']);
  });

  test(`${protocol}: payloads of 1 MB arrive between small ones`, async (t) => {
    const large = JSON.stringify('x'.repeat(1_000_000));
    const { client } = await open(t, (body) => body);
    const payloads = [large, '1', '2', large, large] as const;
    const reply = await client.send(batchOf([{ payload: '0' }, ...payloads.map(toRequest)]));
    assert.deepEqual(itemsOf(reply), [['0'], ...payloads.map((it) => [it])]);
  });

  test(`${protocol}: a reply of another length fails the call and keeps the connection`, async (t) => {
    const { client } = await open(t, (_, call) => (call === 1 ? '[1]' : '[1,2]'));
    const two = batchOf([{ payload: '1' }, { payload: '2' }]);
    const reply = await client.send(two);
    assert.ok(reply.kind === 'failed');
    assert.deepEqual(reply.fault, {
      code: 'reply_invalid',
      message: 'the reply has 1 element for a batch of 2',
    });
    assert.deepEqual(itemsOf(await client.send(two)), [['1'], ['2']]);
  });
}

test('large payloads are written from their own buffers', () => {
  const large = JSON.stringify('x'.repeat(16 * KIB));
  const call = batchOf([{ payload: '1' }, { payload: large }, { payload: '2' }, { payload: '3' }]);
  const parts = encodePayloads(call);
  assert.deepEqual(
    parts.map((part) => (part.length > 100 ? 'large' : part.toString())),
    ['[1,', 'large', ',2,3]'],
  );
  const own = call.requests[1]?.envelope;
  assert.ok(own !== undefined);
  assert.equal(parts[1]?.buffer, payloadOf(own).buffer);
});

test('http: the response 204 to a batch is invalid', async (t) => {
  const { client } = await openHttp(t, () => undefined);
  const reply = await client.send(batchOf([{ payload: '1' }, { payload: '2' }]));
  assert.ok(reply.kind === 'failed');
  assert.match(reply.fault.message, /must be an array of 2 elements: it is empty/);
});

function toRequest(payload: string): { payload: string } {
  return { payload };
}

function itemsOf(reply: CallReply): string[][] {
  assert.ok(reply.kind === 'answered', JSON.stringify(reply));
  return reply.replies.map(payloadsOf);
}

type Answer = (body: Buffer, call: number) => Buffer | string | undefined;

async function openFramed(t: TestContext, answer: Answer): Promise<Runtime> {
  const bodies: string[] = [];
  const { socketPath } = await openSocketServer(t, (socket) => {
    const decoder = createFrameDecoder(Number.POSITIVE_INFINITY, {
      onFrame(body) {
        const reply = answer(body, bodies.push(body.toString()));
        socket.write(Buffer.concat(encodeFrame(Buffer.from(reply ?? ''))));
      },
      onTooLarge() {},
    });
    socket.on('data', (chunk: Buffer) => decoder.push(chunk));
  });
  const client = createConnectionPool({
    endpoint: unixEndpoint(socketPath),
    createConnection: (socket, events) =>
      createFramedConnection(socket, events, { ...LIMITS, protocol: PAYLOAD_FRAMES }),
    onAbsent() {},
    onUnexpectedData() {},
  });
  t.after(() => client.close());
  return { client, bodies };
}

async function openHttp(t: TestContext, answer: Answer): Promise<Runtime> {
  const bodies: string[] = [];
  const socketPath = await temporarySocketPath(t);
  const server = createServer((request: IncomingMessage, response) => {
    void buffer(request).then((body) => {
      const reply = answer(body, bodies.push(body.toString()));
      response.writeHead(reply === undefined ? 204 : 200).end(reply);
    });
  });
  await once(server.listen(socketPath), 'listening');
  const client = createConnectionPool({
    endpoint: unixEndpoint(socketPath),
    createConnection: (socket, events) => createHttpConnection(socket, events, LIMITS),
    onAbsent() {},
    onUnexpectedData() {},
  });
  t.after(async () => {
    await client.close();
    server.close();
  });
  return { client, bodies };
}
