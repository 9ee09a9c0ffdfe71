import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { createConnectionPool, type ConnectionPool } from '../../../src/runtime/connection/pool.ts';
import { createHttpConnection } from '../../../src/runtime/http/http.ts';
import type { Reply } from '../../../src/runtime/runtime.ts';
import { faultMessageOf, payloadsOf } from '../../kit/runtimes/replies.ts';
import { callWith, request, type RequestLike } from '../../kit/runtimes/request.ts';
import { openSocketServer, temporarySocketPath } from '../../kit/runtimes/socketServer.ts';
import { unixEndpoint } from '../../kit/runtimes/endpoints.ts';

const MAX_REPLY_BYTES = 1_000_000;

test('a request is a POST with the payload byte for byte', async (t) => {
  const payload = '{ "big":12345678901234567890, "a":"\\u0041", "a":2 }';
  const { ask, asked } = await setup(t, (_, response, body) => response.end(body));
  assert.deepEqual(payloadsOf(await ask({ payload })), [payload]);
  const [first] = asked;
  assert.deepEqual([first?.method, first?.url], ['POST', '/']);
  assert.equal(first?.headers['content-type'], 'application/json');
  assert.equal(first?.headers['content-length'], String(payload.length));
});

test('the headers describe the envelope and the call, with percent-encoded ids', async (t) => {
  const { ask, asked } = await setup(t, (_, response) => response.end('1'));
  const route = '"route":{"actors":["infer"],"current":0}';
  const headers = '"x-asya-journey-id":"j 1","x-asya-deadline":"2030-01-02T03:04:05.678+01:00"';
  await ask({
    envelope: `{"id":"ä/1\\r\\n","headers":{${headers}},${route},"payload":1}`,
    attempt: 3,
    timeoutMs: 60_000,
    context: { traceparent: '00-a-b-01', tracestate: 'x=y', baggage: 'k=v' },
  });
  const sent = Object.entries(asked[0]?.headers ?? {}).filter(([name]) =>
    /^(asya-|trace|bag)/.test(name),
  );
  const { 'asya-timeout-ms': timeoutMs, ...others } = Object.fromEntries(sent);
  assert.match(String(timeoutMs), /^(?:60000|59\d{3})$/);
  assert.deepEqual(others, {
    'asya-envelope-id': '%C3%A4%2F1%0D%0A',
    'asya-journey-id': 'j%201',
    'asya-actor': 'infer',
    'asya-attempt': '3',
    'asya-idempotency-key': '%C3%A4%2F1%0D%0A.0.6b86b273ff34fce1',
    'asya-deadline': '2030-01-02T02:04:05.678Z',
    traceparent: '00-a-b-01',
    tracestate: 'x=y',
    baggage: 'k=v',
  });
});

test('asya-timeout-ms is limited by the deadline and excludes the wait for a connection', async (t) => {
  const { ask, asked } = await setup(t, (_, response) => response.end('1'));
  const startedAtMs = Date.now();
  const deadlineMs = startedAtMs + 60_000;
  const headers = `"x-asya-deadline":"${new Date(deadlineMs).toISOString()}"`;
  const envelope = `{"id":"e","headers":{${headers}},"route":{"actors":["infer"],"current":0},"payload":1}`;
  await ask({ envelope, timeoutMs: 300_000 });
  // The client waits up to 50 ms to detect whether the runtime keeps connections.
  await ask({ envelope, timeoutMs: 300_000 });
  const sent = asked.map(({ headers: { 'asya-timeout-ms': timeoutMs } }) => Number(timeoutMs));
  const [first = 0, second = 0] = sent;
  const endedAtMs = Date.now();
  for (const timeoutMs of sent) {
    assert.ok(timeoutMs <= 60_000 && timeoutMs >= deadlineMs - endedAtMs - 1, `${timeoutMs} ms`);
  }
  assert.ok(second < first, `${second} ms after ${first} ms`);
});

test('a context value that is not valid in a header is omitted', async (t) => {
  const { ask, asked } = await setup(t, (_, response) => response.end('1'));
  await ask({ context: { traceparent: '00-a-b-01', baggage: 'k=ä\r\nx: y' } });
  assert.equal(asked[0]?.headers['traceparent'], '00-a-b-01');
  assert.equal(asked[0]?.headers['baggage'], undefined);
});

for (const status of [204, 205]) {
  test(`status ${status} is an empty reply`, async (t) => {
    const { ask } = await setup(t, (_, response) => response.writeHead(status).end());
    assert.deepEqual(await ask(), { kind: 'answered', items: [], sizeBytes: 0 });
  });
}

test('the body of a 200 is a reply of the protocol payload', async (t) => {
  const bodies = ['[1,2]', 'null', '', '{"error":"e","message":"m"}', '{"a":'];
  const { ask } = await setup(t, (_, response) => response.end(bodies.shift()));
  assert.deepEqual(payloadsOf(await ask()), ['1', '2']);
  assert.deepEqual(payloadsOf(await ask()), []);
  assert.deepEqual(payloadsOf(await ask()), []);
  assert.equal(faultMessageOf(await ask(), 'runtime_error'), 'm');
  assert.match(faultMessageOf(await ask(), 'reply_invalid'), /not JSON/);
});

test('a reply that is not JSON names its content-type and the title of its page', async (t) => {
  const page = '<html><title>Sign in &amp; go</title><p>Name:</html>';
  const { ask } = await setup(t, (_, response) =>
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page),
  );
  assert.match(
    faultMessageOf(await ask(), 'reply_invalid'),
    /not JSON: .*; its content-type is text\/html and its title is "Sign in & go"$/,
  );
});

test('a chunked body is read', async (t) => {
  const { ask } = await setup(t, (_, response) => {
    response.write('{"a"');
    setImmediate(() => response.end(':1}'));
  });
  assert.deepEqual(payloadsOf(await ask()), ['{"a":1}']);
});

test('an interim response is skipped', async (t) => {
  const { ask } = await setup(t, (_, response) => {
    response.writeProcessing();
    response.end('1');
  });
  assert.deepEqual(payloadsOf(await ask()), ['1']);
});

test('an error status without an error object is reported with its message and body', async (t) => {
  const { ask } = await setup(t, (_, response) =>
    response.writeHead(422).end('{"detail":"no age"}\n'),
  );
  assert.deepEqual(await ask(), {
    kind: 'failed',
    fault: {
      code: 'runtime_error',
      runtimeCode: 'HTTP 422',
      message: 'no age',
      type: 'HTTP 422',
      runtimeDetails: '{"detail":"no age"}',
    },
    retryable: false,
  });
});

test('a long text is truncated between characters', async (t) => {
  const { ask } = await setup(t, (_, response) =>
    response.writeHead(500).end(`x${'😀'.repeat(4_000)}`),
  );
  assert.equal(faultMessageOf(await ask(), 'runtime_error'), `x${'😀'.repeat(2_047)}`);
});

test('a long text is truncated, and an empty one is replaced by the reason phrase', async (t) => {
  const bodies = ['x'.repeat(100_000), ' '];
  const { ask } = await setup(t, (_, response) => response.writeHead(500).end(bodies.shift()));
  assert.equal(faultMessageOf(await ask(), 'runtime_error').length, 4096);
  assert.equal(faultMessageOf(await ask(), 'runtime_error'), 'Internal Server Error');
});

test('an error object is read at any error status', async (t) => {
  const error = { error: 'bad_input', message: 'no age', type: 'ValueError', retryable: true };
  const { ask } = await setup(t, (_, response) =>
    response.writeHead(400).end(JSON.stringify(error)),
  );
  assert.deepEqual(await ask(), {
    kind: 'failed',
    fault: {
      code: 'runtime_error',
      runtimeCode: 'bad_input',
      message: 'no age',
      type: 'ValueError',
    },
    retryable: true,
  });
});

for (const [status, retryAfter, afterMs] of [
  [429, '3', 3000],
  [503, '0', 0],
  [503, undefined, 0],
  [429, 'soon', 0],
  [429, '-1', 0],
  [429, 'Sun, 06 Nov 1994 08:49:37 GMT', 0],
  [413, '7', 7000],
] as const) {
  test(`status ${status} with Retry-After ${retryAfter} is a deferral by ${afterMs} ms`, async (t) => {
    const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
    const { ask } = await setup(t, (_, response) =>
      response.writeHead(status, headers).end('busy'),
    );
    assert.deepEqual(await ask(), {
      kind: 'deferred',
      fault: {
        code: 'runtime_error',
        runtimeCode: `HTTP ${status}`,
        message: 'busy',
        type: `HTTP ${status}`,
      },
      afterMs,
    });
  });
}

test('a Retry-After with a date is a deferral until that date', async (t) => {
  const date = new Date(Date.now() + 60_000).toUTCString();
  const { ask } = await setup(t, (_, response) =>
    response.writeHead(429, { 'retry-after': date }).end(),
  );
  const reply = await ask();
  assert.ok(reply.kind === 'deferred' && reply.afterMs > 50_000 && reply.afterMs <= 60_000);
});

test('retry_after_ms in an error object takes precedence over Retry-After', async (t) => {
  const body = '{"error":"busy","message":"m","retry_after_ms":1500}';
  const { ask } = await setup(t, (_, response) =>
    response.writeHead(503, { 'retry-after': '9' }).end(body),
  );
  const reply = await ask();
  assert.ok(reply.kind === 'deferred' && reply.afterMs === 1500);
});

test('a reply that announces too large a body is rejected before its body', async (t) => {
  const { ask } = await setup(t, (_, response) => {
    response.writeHead(200, { 'content-length': MAX_REPLY_BYTES + 1 }).flushHeaders();
  });
  assert.match(
    faultMessageOf(await ask(), 'reply_too_large'),
    /1000001 bytes, over the limit of 1000000/,
  );
});

test('a body without a length is rejected at the limit', async (t) => {
  const closed = Promise.withResolvers<void>();
  const { ask } = await setup(t, (_, response) => {
    response.on('close', () => closed.resolve());
    response.write(Buffer.alloc(MAX_REPLY_BYTES + 1, ' '));
  });
  assert.match(faultMessageOf(await ask(), 'reply_too_large'), /over the limit/);
  await closed.promise;
});

test('a reply that ends before its announced length is truncated', async (t) => {
  const { ask } = await setup(t, (_, response) => {
    response.writeHead(200, { 'content-length': 10 }).write('[1,');
    setImmediate(() => response.destroy());
  });
  assert.match(faultMessageOf(await ask(), 'reply_invalid'), /truncated after 3 bytes/);
});

test('a reply that is not HTTP is invalid', async (t) => {
  const { socketPath } = await openSocketServer(t, (socket) => {
    socket.once('data', () => socket.end('\0\0\0\x011'));
  });
  const client = open(t, socketPath);
  assert.match(
    faultMessageOf(await callWith(client, request()), 'reply_invalid'),
    /the reply is not HTTP/,
  );
});

test('a call has crashed if the runtime closes the connection after reading the request', async (t) => {
  const { client } = await setup(t, (_, response) => response.destroy());
  const call = callWith(client, request());
  faultMessageOf(await call, 'runtime_crashed');
});

test('successive calls use one connection', async (t) => {
  const { ask, sockets } = await setup(t, (_, response, body) => response.end(body));
  for (let n = 0; n < 20; n++)
    assert.deepEqual(payloadsOf(await ask({ payload: `${n}` })), [`${n}`]);
  assert.equal(sockets.length, 1);
});

test('concurrent calls use separate connections', async (t) => {
  const { ask, sockets } = await setup(t, (_, response, body) => response.end(body));
  const replies = await Promise.all(['1', '2', '3'].map((payload) => ask({ payload })));
  assert.deepEqual(replies.flatMap(payloadsOf), ['1', '2', '3']);
  assert.equal(sockets.length, 3);
});

test('a runtime that closes after each reply receives one request per connection', async (t) => {
  const { ask, sockets } = await setup(t, (_, response, body) =>
    response.writeHead(200, { connection: 'close' }).end(body),
  );
  for (let n = 0; n < 5; n++)
    assert.deepEqual(payloadsOf(await ask({ payload: `${n}` })), [`${n}`]);
  assert.equal(sockets.length, 5);
});

test('a call that finds its connection closed is resent on a new connection', async (t) => {
  const { ask, asked, sockets } = await setup(t, (_, response, body) => response.end(body));
  for (let n = 0; n < 10; n++) {
    await ask({ payload: '1' });
    sockets.at(-1)?.destroy();
    assert.deepEqual(payloadsOf(await ask({ payload: '2' })), ['2']);
  }
  assert.equal(asked.length, 20);
});

test('a missing socket means an absent runtime', async (t) => {
  const client = open(t, await temporarySocketPath(t));
  const reply = await callWith(client, request());
  assert.ok(reply.kind === 'absent' && reply.reason.endsWith('does not exist'));
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

interface Setup {
  readonly client: ConnectionPool;
  readonly asked: IncomingMessage[];
  readonly sockets: Socket[];
  readonly ask: (asked?: RequestLike) => Promise<Reply>;
}

/** Starts a web server on a Unix socket that handles each request with `serve`. */
async function setup(
  t: TestContext,
  serve: (request: IncomingMessage, response: ServerResponse, body: string) => unknown,
): Promise<Setup> {
  const asked: IncomingMessage[] = [];
  const sockets: Socket[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    asked.push(request);
    serve(request, response, await text(request));
  };
  const server = createServer((request, response) => void answer(request, response));
  server.on('connection', (socket) => sockets.push(socket));
  const socketPath = await temporarySocketPath(t);
  server.listen(socketPath);
  await once(server, 'listening');
  t.after(() => stop(server));
  const client = open(t, socketPath);
  return { client, asked, sockets, ask: (it) => callWith(client, request(it)) };
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
}

function open(t: TestContext, socketPath: string): ConnectionPool {
  const client = createConnectionPool({
    endpoint: unixEndpoint(socketPath),
    createConnection: (socket, events) =>
      createHttpConnection(socket, events, { maxReplyBytes: MAX_REPLY_BYTES, maxNesting: 100 }),
    onAbsent: () => {},
    onUnexpectedData: () => {},
  });
  t.after(() => client.close());
  return client;
}
