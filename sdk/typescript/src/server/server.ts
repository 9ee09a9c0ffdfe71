import { once } from 'node:events';
import { createServer, type ListenOptions, type Server } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Log } from '../log.ts';
import type { Connection } from './connection.ts';
import { Connections } from './connections.ts';
import { DetectedConnection, type Servers } from './detectedConnection.ts';
import { serveFrames } from './frameConnection.ts';
import { createHttpServer, type KeepAliveOptions } from './httpConnections.ts';
import type { HttpOptions } from './httpProtocol.ts';

export interface ServerOptions {
  /** Returns the reply to a frame. Never rejects. */
  readonly answerFrame: (body: Buffer) => Promise<string>;
  /** Returns the reply to a frame that is too large. */
  readonly refuseFrame: (message: string) => string;
  /** Answers HTTP requests. */
  readonly http: HttpOptions;
  readonly log: Log;
}

/** A server of the sidecar's protocols. */
export interface ProtocolServer {
  readonly server: Server;
  readonly connections: Connections;
}

/** A client that sends nothing more may still read the reply. */
const HALF_OPEN = { allowHalfOpen: true } as const;

/** The sidecar closes a connection that is idle for 4 s, so that the server never closes first. */
const OVER_TCP: KeepAliveOptions = { keepAliveMs: 0, lingerMs: 5000 };

/** The sidecar closes idle connections, and resends a request that was not read. */
const OVER_UNIX_SOCKET: KeepAliveOptions = { keepAliveMs: 0, lingerMs: 0 };

/** Creates a server of HTTP for TCP. */
export function createTcpServer(options: ServerOptions): ProtocolServer {
  const connections = new Connections();
  const web = createHttpServer(options.http, OVER_TCP);
  const server = createServer({ ...HALF_OPEN, noDelay: true }, (socket) =>
    accept(socket, connections, () => web.serve(socket)),
  );
  return { server, connections };
}

/**
 * Creates a server of HTTP and frames for a Unix socket. The sidecar, not the server, closes idle
 * connections.
 */
export function createSocketServer(options: ServerOptions): ProtocolServer {
  const connections = new Connections();
  const { answerFrame: answer, refuseFrame: refuse, http, log } = options;
  const { maxRequestBytes } = http;
  const web = createHttpServer(http, OVER_UNIX_SOCKET);
  const servers: Servers = {
    frames: (socket) => serveFrames(socket, { answer, refuse, maxRequestBytes, log }),
    http: (socket) => web.serve(socket),
  };
  const server = createServer(HALF_OPEN, (socket) =>
    accept(socket, connections, () => new DetectedConnection(socket, servers)),
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
