import { createServer, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Connection } from './connection.ts';
import { answerHttp, type HttpOptions } from './httpProtocol.ts';

/** Serves HTTP on connections that another server has accepted. */
export interface HttpServer {
  serve(socket: Duplex): Connection;
}

export interface KeepAliveOptions {
  /**
   * The time after which the server closes an idle connection, in milliseconds; 0 for never. The
   * response announces it, so that the client closes the connection first.
   */
  readonly keepAliveMs: number;
  /**
   * How long an idle connection stays open after `close`, in milliseconds. A request that arrives
   * in this time is answered with 503, which counts no attempt. Over TCP, the client could not
   * distinguish a closed connection from a crash.
   */
  readonly lingerMs: number;
}

/**
 * Creates an HTTP server that does not listen. One that listens would close its idle connections as
 * soon as it stops to listen.
 */
export function createHttpServer(options: HttpOptions, keepAlive: KeepAliveOptions): HttpServer {
  const connections = new WeakMap<Duplex, HttpConnection>();
  // The sidecar limits the time of a call.
  const limits = { keepAliveTimeout: keepAlive.keepAliveMs, requestTimeout: 0 };
  const server = createServer(limits, (request, response) => {
    connections.get(request.socket)?.begin(response);
    void answerHttp(request, response, options);
  });
  return {
    serve(socket) {
      const connection = new HttpConnection(socket, keepAlive.lingerMs);
      connections.set(socket, connection);
      server.emit('connection', socket);
      return connection;
    },
  };
}

class HttpConnection implements Connection {
  readonly #socket: Duplex;
  readonly #lingerMs: number;
  #response: ServerResponse | undefined;
  /** The bytes of the requests that have been answered. */
  #answeredBytes = 0;
  #isClosing = false;

  constructor(socket: Duplex, lingerMs: number) {
    this.#socket = socket;
    this.#lingerMs = lingerMs;
  }

  begin(response: ServerResponse): void {
    this.#response = response;
    if (this.#isClosing) response.shouldKeepAlive = false;
    response.on('close', () => {
      this.#response = undefined;
      this.#answeredBytes = this.#receivedBytes();
      if (this.#isClosing) this.#socket.destroy();
    });
  }

  get isBusy(): boolean {
    return this.#response !== undefined;
  }

  close(): void {
    this.#isClosing = true;
    if (this.#response !== undefined) this.#response.shouldKeepAlive = false;
    // The rest of a request that has begun will arrive.
    else if (this.#receivedBytes() === this.#answeredBytes) this.#closeIdle();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #closeIdle(): void {
    if (this.#lingerMs === 0) this.#socket.destroy();
    else setTimeout(() => this.#destroyIdle(), this.#lingerMs).unref();
  }

  #destroyIdle(): void {
    if (this.#response === undefined) this.#socket.destroy();
  }

  #receivedBytes(): number {
    return this.#socket instanceof Socket ? this.#socket.bytesRead : 0;
  }
}
