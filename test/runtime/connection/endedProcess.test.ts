import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { createConnectionPool, type PoolOptions } from '../../../src/runtime/connection/pool.ts';
import { createFramedConnection, PAYLOAD_FRAMES } from '../../../src/runtime/framed/framed.ts';
import { encodeFrame } from '../../../src/runtime/framed/framing.ts';
import type { Reply } from '../../../src/runtime/runtime.ts';
import { tcpEndpoint, unixEndpoint } from '../../kit/runtimes/endpoints.ts';
import { faultMessageOf, payloadsOf } from '../../kit/runtimes/replies.ts';
import { callWith, request } from '../../kit/runtimes/request.ts';
import { temporarySocketPath } from '../../kit/runtimes/socketServer.ts';
import { openRawTcpServer } from '../../kit/runtimes/tcpServer.ts';

const LIMITS = { maxReplyBytes: 1_000, maxNesting: 10, protocol: PAYLOAD_FRAMES };
const REPLY = Buffer.concat(encodeFrame(Buffer.from('1')));
/** For how long a killed process still accepts connections. */
const ENDING_MS = 30;
/** A request has arrived in the buffer of the socket after this time. */
const ARRIVAL_MS = 200;

test('a call after a crash over TCP does not reach the process that ends', async (t) => {
  let [calls, endsAtMs] = [0, Infinity];
  const server = await openRawTcpServer(t, (socket) => {
    if (performance.now() > endsAtMs && performance.now() < endsAtMs + ENDING_MS)
      socket.resetAndDestroy();
    socket.on('data', () => {
      if (++calls > 1) return socket.write(REPLY);
      endsAtMs = performance.now();
      return socket.destroy();
    });
  });
  const ask = openClient(t, tcpEndpoint(server.port));
  faultMessageOf(await ask(), 'runtime_crashed');
  assert.deepEqual(payloadsOf(await ask()), ['1']);
});

test('a request that a process has not read when it ended is sent once more', async (t) => {
  const { connections, ask } = await openUnreadingServer(t, 1);
  assert.deepEqual(payloadsOf(await ask()), ['1']);
  assert.equal(connections.length, 2);
});

test('a request that two processes have not read in full when they ended has crashed', async (t) => {
  const { connections, ask } = await openUnreadingServer(t, 2);
  faultMessageOf(await ask(), 'runtime_crashed');
  assert.equal(connections.length, 2);
});

function openClient(t: TestContext, endpoint: PoolOptions['endpoint']): () => Promise<Reply> {
  const pool = createConnectionPool({
    endpoint,
    createConnection: (socket, events) => createFramedConnection(socket, events, LIMITS),
    onAbsent() {},
    onUnexpectedData() {},
  });
  t.after(() => pool.close());
  return () => callWith(pool, request());
}

/** A server on a Unix socket that closes its first connections without reading from them. */
async function openUnreadingServer(t: TestContext, unread: number) {
  const connections: Socket[] = [];
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    if (connections.push(socket) <= unread) setTimeout(() => socket.destroy(), ARRIVAL_MS);
    else socket.on('data', () => socket.write(REPLY)).resume();
  });
  const socketPath = await temporarySocketPath(t);
  await once(server.listen(socketPath), 'listening');
  t.after(async () => {
    for (const socket of connections) socket.destroy();
    server.close();
    await rm(socketPath, { force: true });
  });
  return { connections, ask: openClient(t, unixEndpoint(socketPath)) };
}
