import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { createConnectionPool } from '../../../src/runtime/connection/pool.ts';
import { createHttpConnection } from '../../../src/runtime/http/http.ts';
import { requestHeadersOf } from '../../../src/runtime/http/requestHeaders.ts';
import { KIB } from '../../../src/units.ts';
import { callOf, callWith, request } from '../../kit/runtimes/request.ts';
import { openSocketServer, temporarySocketPath } from '../../kit/runtimes/socketServer.ts';
import { unixEndpoint } from '../../kit/runtimes/endpoints.ts';

function envelopeWith(id: string, journeyId: string): string {
  const headers = { 'x-asya-journey-id': journeyId, 'x-asya-deadline': '2030-01-02T03:04:05Z' };
  return JSON.stringify({ id, headers, route: { actors: ['infer'], current: 0 }, payload: 1 });
}

function sha256(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('hex')}`;
}

for (const [name, id, sent] of [
  ['1 KiB', 'a'.repeat(KIB), 'a'.repeat(KIB)],
  ['more than 1 KiB', 'a'.repeat(KIB + 1), sha256('a'.repeat(KIB + 1))],
  ['1 KiB as encoded', `${'ä'.repeat(170)}aaaa`, `${'%C3%A4'.repeat(170)}aaaa`],
  ['more than 1 KiB as encoded', 'ä'.repeat(171), sha256('ä'.repeat(171))],
  ['1 MB', 'ä'.repeat(500_000), sha256('ä'.repeat(500_000))],
] as const) {
  test(`an id of ${name} is sent ${id === sent || sent.startsWith('%') ? 'unchanged' : 'as its checksum'}`, () => {
    const headers = requestHeadersOf(callOf({ envelope: envelopeWith(id, id) }));
    assert.equal(headers.get('asya-envelope-id'), sent);
    assert.equal(headers.get('asya-journey-id'), sent);
  });
}

test('an idempotency key over 1 KiB is sent as its checksum', () => {
  const keyFor = (id: string): string | undefined =>
    requestHeadersOf(callOf({ envelope: envelopeWith(id, 'j') })).get('asya-idempotency-key');
  const short = 'a'.repeat(KIB - '.0.0123456789abcdef'.length);
  assert.equal(
    keyFor(short),
    `${short}.0.${createHash('sha256').update('1').digest('hex').slice(0, 16)}`,
  );
  assert.match(keyFor(`${short}a`) ?? '', /^sha256-[0-9a-f]{64}$/);
  assert.notEqual(keyFor(`${short}a`), keyFor(`${short}b`));
});

test('asya-timeout-ms is the time until the deadline if that is shorter', () => {
  const deadline = new Date(Date.now() + 5_000).toISOString();
  const envelope = JSON.stringify({
    id: 'a',
    headers: { 'x-asya-deadline': deadline },
    route: { actors: ['infer'], current: 0 },
    payload: 1,
  });
  const timeoutMs = Number(
    requestHeadersOf(callOf({ envelope, timeoutMs: 60_000 })).get('asya-timeout-ms'),
  );
  assert.ok(timeoutMs > 0 && timeoutMs <= 5_000, `${timeoutMs}`);
});

test('baggage up to 8 KiB is sent, and larger baggage is omitted', () => {
  const baggage = `k=${'v'.repeat(8 * KIB - 2)}`;
  assert.equal(requestHeadersOf(callOf({ context: { baggage } })).get('baggage'), baggage);
  assert.equal(
    requestHeadersOf(callOf({ context: { baggage: `${baggage}v` } })).has('baggage'),
    false,
  );
});

test('in a context that is too large, the trace takes precedence over the baggage', () => {
  const context = {
    baggage: `k=${'v'.repeat(8_000)}`,
    traceparent: '00-a-b-01',
    tracestate: `x=${'y'.repeat(10_000)}`,
  };
  const headers = requestHeadersOf(callOf({ context }));
  assert.deepEqual(
    ['traceparent', 'tracestate', 'baggage'].map((name) => headers.has(name)),
    [true, true, false],
  );
  const larger = { ...context, tracestate: `x=${'y'.repeat(20_000)}` };
  const fewer = requestHeadersOf(callOf({ context: larger }));
  assert.deepEqual(
    ['traceparent', 'tracestate', 'baggage'].map((name) => fewer.has(name)),
    [true, false, true],
  );
});

test('the headers of any message take less than 16,000 bytes on the wire', async (t) => {
  const received = Promise.withResolvers<string>();
  const { socketPath } = await openSocketServer(t, (socket) => {
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\r\n\r\n')) received.resolve(text);
    });
  });
  const client = clientOf(socketPath);
  const long = 'i'.repeat(KIB);
  const context = Object.fromEntries(
    Array.from({ length: 100 }, (_, index) => [`uberctx-${index}`, 'v'.repeat(300)]),
  );
  const reply = callWith(
    client,
    request({
      envelope: envelopeWith(long, long),
      actor: 'a'.repeat(200),
      attempt: Number.MAX_SAFE_INTEGER,
      context: { ...context, baggage: `k=${'v'.repeat(8_000)}` },
    }),
  );
  const head = (await received.promise).split('\r\n\r\n')[0] ?? '';
  assert.ok(head.length < 16_000, `${head.length} bytes`);
  assert.ok(head.length > 15_000, `${head.length} bytes`);
  await client.close();
  await reply;
});

test('a server with the limits of Node accepts an id of 1 MB', async (t) => {
  const socketPath = await temporarySocketPath(t);
  const server = createServer((incoming, response) =>
    incoming.resume().on('end', () => response.end('2')),
  );
  await once(server.listen(socketPath), 'listening');
  t.after(() => server.close());
  const client = clientOf(socketPath);
  const id = 'x'.repeat(1_000_000);
  const reply = await callWith(client, request({ envelope: envelopeWith(id, id) }));
  await client.close();
  assert.equal(reply.kind, 'answered');
});

function clientOf(socketPath: string) {
  return createConnectionPool({
    endpoint: unixEndpoint(socketPath),
    createConnection: (socket, events) =>
      createHttpConnection(socket, events, { maxReplyBytes: 1_000_000, maxNesting: 100 }),
    onAbsent: () => {},
    onUnexpectedData: () => {},
  });
}
