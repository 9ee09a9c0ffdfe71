import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { createConnectionPool } from '../../../src/runtime/connection/pool.ts';
import { createHttpConnection } from '../../../src/runtime/http/http.ts';
import type { Reply } from '../../../src/runtime/runtime.ts';
import { callWith, request, type RequestLike } from './request.ts';
import { openSocketServer } from './socketServer.ts';
import { unixEndpoint } from './endpoints.ts';

/** Answers one request on a connection. Calls are counted from 1. */
export type AnswerRaw = (socket: Socket, call: number) => void;

/** A client of a server that writes arbitrary bytes. */
export interface RawHttpServer {
  readonly ask: (like?: RequestLike) => Promise<Reply>;
  /** The heads of the received requests. */
  readonly requests: readonly string[];
  /** The accepted connections, oldest first. */
  readonly sockets: readonly Socket[];
}

const MAX_REPLY_BYTES = 1_000_000;

/** Starts a server that calls `answer` for each request, and a client of it. */
export async function openRawHttpServer(t: TestContext, answer: AnswerRaw): Promise<RawHttpServer> {
  const requests: string[] = [];
  const { socketPath, sockets } = await openSocketServer(t, (socket) => {
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      if (text.startsWith('POST ')) answer(socket, requests.push(text));
    });
  });
  const client = createConnectionPool({
    endpoint: unixEndpoint(socketPath),
    createConnection: (socket, events) =>
      createHttpConnection(socket, events, { maxReplyBytes: MAX_REPLY_BYTES, maxNesting: 100 }),
    onAbsent: () => {},
    onUnexpectedData: () => {},
  });
  t.after(() => client.close());
  return { ask: (like) => callWith(client, request(like)), requests, sockets };
}

/** Resolves when the client has closed the connection. */
export async function closedByClient(socket: Socket | undefined): Promise<void> {
  if (socket?.closed === false) await once(socket, 'close');
}
