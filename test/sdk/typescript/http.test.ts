import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import {
  Retry,
  serve,
  type Runtime,
  type ServeOptions,
} from '../../../sdk/typescript/src/index.ts';
import { serveActor } from '../../kit/runtimes/typescriptKit.ts';

test('over TCP, the server closes no idle connection', async (t) => {
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const { address } = await serveTcp(t, { handle: (value) => ({ value }) });
  assert.match(address, /^http:\/\/127\.0\.0\.1:\d+$/);
  const response = await post(address, '1', { agent });
  assert.deepEqual(
    [response.headers['keep-alive'], response.headers.connection],
    [undefined, 'keep-alive'],
  );
  assert.equal(await text(response), '{"value":1}');
});

test('over a Unix socket, the server announces no time and closes no connection', async (t) => {
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const { socketPath } = await serveActor(t, () => 1);
  const response = await post('http://runtime', '1', { socketPath, agent });
  assert.deepEqual(
    [response.headers['keep-alive'], response.headers.connection],
    [undefined, 'keep-alive'],
  );
  assert.equal(await text(response), '1');
});

test('while the runtime stops, a request on a kept TCP connection is answered with 503', async (t) => {
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const runtime = await serveTcp(t, {
    async handle(value) {
      if (value !== 'long') return value;
      started.resolve();
      await finish.promise;
      return 'finished';
    },
  });
  const [long, idle] = [new Agent({ keepAlive: true }), new Agent({ keepAlive: true })];
  t.after(() => [long, idle].map((agent) => agent.destroy()));
  assert.equal(await text(await post(runtime.address, '"short"', { agent: idle })), '"short"');
  const running = post(runtime.address, '"long"', { agent: long });
  await started.promise;
  const closed = runtime.close();
  const late = await post(runtime.address, '"late"', { agent: idle });
  assert.deepEqual([late.statusCode, late.headers.connection], [503, 'close']);
  finish.resolve();
  assert.equal(await text(await running), '"finished"');
  await closed;
});

test('GET and HEAD report that the runtime is ready', async (t) => {
  const { address } = await serveTcp(t, { handle: () => 1 });
  for (const method of ['GET', 'HEAD']) {
    const response = await post(address, '', { method });
    assert.equal(response.statusCode, 200);
    response.resume();
  }
});

test('a request over the limit is a 413, and a deferral a 503 with Retry-After', async (t) => {
  const handle = (): never => {
    throw new Retry({ after: 1.2 });
  };
  const { address } = await serveTcp(t, { handle, maxRequestBytes: 10 });
  const large = await post(address, JSON.stringify('x'.repeat(2_000_000)));
  assert.equal(large.statusCode, 413);
  assert.match(await text(large), /over 10 bytes/);
  const deferred = await post(address, '1');
  assert.deepEqual([deferred.statusCode, deferred.headers['retry-after']], [503, '2']);
  assert.equal(JSON.parse(await text(deferred)).retry_after_ms, 1200);
});

test('a frame over the limit closes its connection with one line of the log', async (t) => {
  const { socketPath, log } = await serveActor(t, { handle: () => 1, maxRequestBytes: 10 });
  const socket = connect(socketPath);
  socket.write(Buffer.from([0, 0, 0, 11]));
  await once(socket.resume(), 'close');
  assert.match(log.at(-1) ?? '', /the frame has 11 bytes, over the limit of 10/);
});

test('a body that arrives in pieces, on a connection that is kept, is read whole', async (t) => {
  const { socketPath } = await serveActor(t, (value) => value);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const large = JSON.stringify('x'.repeat(1_000_000));
  for (const body of ['1', large, '"small"', large]) {
    const sent = request({ socketPath, agent, method: 'POST' });
    const half = body.length >> 1;
    sent.write(body.slice(0, half), () => sent.end(body.slice(half)));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    assert.equal(await text(response), body);
  }
});

async function serveTcp(t: TestContext, options: ServeOptions): Promise<Runtime> {
  const runtime = await serve({ ...options, listen: '127.0.0.1:0', signals: false, log() {} });
  t.after(() => runtime.close());
  return runtime;
}

async function post(url: string, body: string, options: object = {}): Promise<IncomingMessage> {
  const sent = request(url, { method: 'POST', agent: false, ...options });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}
