import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Connection } from './connection.ts';
import { answerHttp, type HttpOptions } from './httpProtocol.ts';

/** An HTTP server whose connections are accepted by another server, or by itself over TCP. */
export interface HttpServer {
  /** Serves HTTP on an accepted connection. */
  serve(socket: Duplex): Connection;
  /** Listens by itself. */
  readonly server: Server;
}

/**
 * Creates an HTTP server.
 *
 * @param keepAliveMs the time after which an idle connection is closed; 0 for never
 */
export function createHttpServer(options: HttpOptions, keepAliveMs: number): HttpServer {
  const connections = new WeakMap<Duplex, HttpConnection>();
  const server = createServer(
    // The sidecar limits the time of a call.
    { keepAliveTimeout: keepAliveMs, requestTimeout: 0, noDelay: true },
    (request, response) => {
      const connection = connections.get(request.socket);
      connection?.begin(response);
      void answerHttp(request, response, options);
    },
  );
  return {
    server,
    serve(socket) {
      const connection = new HttpConnection(socket);
      connections.set(socket, connection);
      return connection;
    },
  };
}

class HttpConnection implements Connection {
  readonly #socket: Duplex;
  #response: ServerResponse | undefined;
  #isClosing = false;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  begin(response: ServerResponse): void {
    this.#response = response;
    if (this.#isClosing) response.shouldKeepAlive = false;
    response.on('close', () => {
      this.#response = undefined;
      if (this.#isClosing) this.#socket.destroy();
    });
  }

  close(): void {
    this.#isClosing = true;
    if (this.#response === undefined) this.#socket.destroy();
    else this.#response.shouldKeepAlive = false;
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
