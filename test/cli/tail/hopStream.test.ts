import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { openHopStream, type HopStreamOptions } from '../../../src/cli/tail/hopStream.ts';

/** Starts a server that answers a request by a function, and sends a request to it. */
async function ask(
  t: TestContext,
  answer: (socket: Socket) => void,
  options: Partial<HopStreamOptions> = {},
) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}); // of a client that leaves
    socket.once('data', () => answer(socket));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = server.address() as AddressInfo;
  const endpoint = { host: '127.0.0.1', port, hostHeader: 'a' };
  return openHopStream(endpoint, {
    token: undefined,
    stop: new AbortController().signal,
    ...options,
  });
}

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\n\r\n';
const CHUNKED_HEAD = HEAD.replace('\r\n\r\n', '\r\ntransfer-encoding: chunked\r\n\r\n');

async function linesOf(lines: AsyncIterable<string>): Promise<string[]> {
  const read: string[] = [];
  for await (const line of lines) read.push(line);
  return read;
}

test('lines are read until the sidecar closes the connection', async (t) => {
  const stream = await ask(t, (socket) => socket.end(`${HEAD}{"a":1}\n\n{"b":2}\n`));
  assert.deepEqual(await linesOf(stream.lines), ['{"a":1}', '', '{"b":2}']);
});

test('a connection that is reset ends the lines with an error', async (t) => {
  const stream = await ask(t, (socket) => {
    socket.write(CHUNKED_HEAD);
    setImmediate(() => socket.resetAndDestroy());
  });
  await assert.rejects(linesOf(stream.lines), /aborted|ECONNRESET/);
});

test('a server that does not answer is reported', async (t) => {
  await assert.rejects(
    ask(t, () => {}, { answerTimeoutMs: 20 }),
    /^Error: no answer within 0.02 s$/,
  );
});

test('a sidecar that sends no heartbeats counts as lost', async (t) => {
  const stream = await ask(t, (socket) => socket.write(`${HEAD}a\n`), { silenceTimeoutMs: 20 });
  const read: string[] = [];
  await assert.rejects(async () => {
    for await (const line of stream.lines) read.push(line);
  }, /^Error: silent for 0.02 s$/);
  assert.deepEqual(read, ['a']);
});

test('a server without /hops is reported with its status', async (t) => {
  await assert.rejects(
    ask(t, (socket) => socket.end('HTTP/1.1 404 Not Found\r\n\r\nnot found: /hops\n<html>')),
    /^Error: 404 not found: \/hops$/,
  );
  await assert.rejects(
    ask(t, (socket) => socket.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n')),
    /^Error: 502 Bad Gateway$/,
  );
  await assert.rejects(
    ask(t, (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<html>')),
    /^Error: the server is not a sidecar that has \/hops$/,
  );
  await assert.rejects(
    ask(t, (socket) => socket.end('SSH-2.0-OpenSSH\r\n')),
    /Parse Error/,
  );
});

test('an abort closes the connection', async (t) => {
  const stop = new AbortController();
  const stream = await ask(t, (socket) => socket.write(CHUNKED_HEAD), { stop: stop.signal });
  stop.abort();
  await assert.rejects(linesOf(stream.lines), /abort/i);
});
