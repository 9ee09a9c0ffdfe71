import { once } from 'node:events';
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Log } from '../log.ts';
import type { Connection } from './connection.ts';
import { Connections } from './connections.ts';
import { serveFrames } from './frameConnection.ts';
import { createHttpServer, type HttpServer } from './httpConnections.ts';
import type { HttpOptions } from './httpProtocol.ts';

export interface ServerOptions {
  /** Returns the reply to a frame. Never rejects. */
  readonly answerFrame: (body: Buffer) => Promise<string>;
  /** Answers HTTP requests. */
  readonly http: HttpOptions;
  readonly log: Log;
}

/** A server of the sidecar's protocols. */
export interface ProtocolServer {
  readonly server: Server;
  readonly connections: Connections;
}

/** Sent as `Keep-Alive: timeout`. The sidecar closes an idle connection one second earlier. */
const TCP_KEEP_ALIVE_MS = 75 * 1000;

/** Creates a server of HTTP for TCP. */
export function createTcpServer({ http }: ServerOptions): ProtocolServer {
  const connections = new Connections();
  const served = createHttpServer(http, TCP_KEEP_ALIVE_MS);
  served.server.on('connection', (socket: Socket) =>
    accept(socket, connections, () => served.serve(socket)),
  );
  return { server: served.server, connections };
}

/**
 * Creates a server of HTTP and frames for a Unix socket. The sidecar, not the server, closes idle
 * connections.
 */
export function createSocketServer(options: ServerOptions): ProtocolServer {
  const connections = new Connections();
  const http = createHttpServer(options.http, 0);
  const server = createServer({ allowHalfOpen: true }, (socket) =>
    accept(socket, connections, () => detectProtocol(socket, http, options)),
  );
  return { server, connections };
}

/** Starts to listen. @throws the error of the system */
export async function listen(server: Server, options: ListenOptions): Promise<void> {
  server.listen(options);
  await once(server, 'listening');
}

function accept(socket: Duplex, connections: Connections, serve: () => Connection): void {
  // A client may close its connection at any time. The sidecar reports the lost call.
  socket.on('error', () => socket.destroy());
  connections.add(socket, serve());
}

/**
 * Serves a connection in the protocol of its first byte. A request line of HTTP begins with a
 * capital letter. As the first byte of a length, it would announce a frame of more than 1 GiB.
 */
function detectProtocol(socket: Duplex, http: HttpServer, options: ServerOptions): Connection {
  let connection: Connection | undefined;
  socket.once('data', (chunk: Buffer) => {
    const [first = 0] = chunk;
    socket.pause();
    socket.unshift(chunk);
    const isHttp = first >= CAPITAL_A && first <= CAPITAL_Z;
    connection = isHttp ? serveHttp(socket, http) : serveFrames(socket, frameOptions(options));
    socket.resume();
  });
  socket.once('end', () => {
    if (connection === undefined) socket.end();
  });
  return {
    close: () => (connection === undefined ? socket.destroy() : connection.close()),
    destroy: () => socket.destroy(),
  };
}

const CAPITAL_A = 0x41;
const CAPITAL_Z = 0x5a;

function serveHttp(socket: Duplex, http: HttpServer): Connection {
  const connection = http.serve(socket);
  http.server.emit('connection', socket);
  return connection;
}

function frameOptions({
  answerFrame,
  http,
  log,
}: ServerOptions): Parameters<typeof serveFrames>[1] {
  return { answer: answerFrame, maxRequestBytes: http.maxRequestBytes, log };
}
