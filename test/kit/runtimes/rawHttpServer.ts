import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { createConnectionPool } from '../../../src/runtime/connection/pool.ts';
import { createHttpConnection } from '../../../src/runtime/http/http.ts';
import { limitTime } from '../../../src/runtime/limits/timeLimit.ts';
import type { Reply } from '../../../src/runtime/runtime.ts';
import { callWith, request, type RequestLike } from './request.ts';
import { openSocketServer } from './socketServer.ts';
import type { Endpoint } from '../../../src/runtime/socket/endpoint.ts';
import { within } from '../processes/until.ts';
import { tcpEndpoint, unixEndpoint } from './endpoints.ts';
import { openRawTcpServer } from './tcpServer.ts';

export type Transport = 'unix' | 'tcp';

/** Answers one request on a connection. Calls are counted from 1. */
export type AnswerRaw = (socket: Socket, call: number) => void;

/** A client of a server that writes arbitrary bytes. */
export interface RawHttpServer {
  readonly ask: (like?: RequestLike) => Promise<Reply>;
  /** The heads of the received requests. */
  readonly requests: readonly string[];
  /** The accepted connections, oldest first. */
  readonly sockets: readonly Socket[];
  /** The numbers of bytes that the server has sent without a request. */
  readonly unexpectedBytes: readonly number[];
}

/** The limit of a reply, in bytes. */
export const MAX_REPLY_BYTES = 1_000_000;

/** Starts a server that calls `answer` for each request, and a client of it. */
export async function openRawHttpServer(
  t: TestContext,
  answer: AnswerRaw,
  transport: Transport = 'unix',
): Promise<RawHttpServer> {
  const requests: string[] = [];
  const unexpectedBytes: number[] = [];
  const { endpoint, sockets } = await listen(t, transport, (socket) => {
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      if (text.startsWith('POST ')) answer(socket, requests.push(text));
    });
  });
  const client = createConnectionPool({
    endpoint,
    createConnection: (socket, events) =>
      createHttpConnection(socket, events, { maxReplyBytes: MAX_REPLY_BYTES, maxNesting: 100 }),
    onAbsent: () => {},
    onUnexpectedData: (sizeBytes) => unexpectedBytes.push(sizeBytes),
  });
  t.after(() => client.close());
  const limited = limitTime()(client);
  return { ask: (like) => callWith(limited, request(like)), requests, sockets, unexpectedBytes };
}

type Listening = { readonly endpoint: Endpoint; readonly sockets: readonly Socket[] };

async function listen(
  t: TestContext,
  transport: Transport,
  onSocket: (socket: Socket) => void,
): Promise<Listening> {
  if (transport === 'tcp') {
    const { port, sockets } = await openRawTcpServer(t, onSocket);
    return { endpoint: tcpEndpoint(port), sockets };
  }
  const { socketPath, sockets } = await openSocketServer(t, onSocket);
  return { endpoint: unixEndpoint(socketPath), sockets };
}

/** Resolves when the client has closed the connection; rejects if that takes long. */
export async function closedByClient(socket: Socket | undefined): Promise<void> {
  if (socket === undefined || socket.closed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once('close', () => resolve());
  await within(promise, 'the client closes the connection');
}
