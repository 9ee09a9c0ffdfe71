import type { Duplex } from 'node:stream';
import type { Connection } from './connection.ts';

/** Serves an accepted connection in one of its protocols. */
export interface Servers {
  http(socket: Duplex): Connection;
  frames(socket: Duplex): Connection;
}

/**
 * Serves a connection in the protocol of its first byte. A request line of HTTP begins with a
 * capital letter. As the first byte of a length, it would announce a frame of more than 1 GiB.
 */
export class DetectedConnection implements Connection {
  readonly #socket: Duplex;
  readonly #servers: Servers;
  #served: Connection | undefined;

  constructor(socket: Duplex, servers: Servers) {
    this.#socket = socket;
    this.#servers = servers;
    socket.once('data', (chunk: Buffer) => this.#detect(chunk));
    socket.once('end', () => {
      if (this.#served === undefined) socket.end();
    });
  }

  get isBusy(): boolean {
    return this.#served?.isBusy === true;
  }

  close(): void {
    if (this.#served !== undefined) this.#served.close();
    else setTimeout(() => this.#closeDetected(), FIRST_BYTE_MS);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #detect(chunk: Buffer): void {
    const [first = 0] = chunk;
    this.#socket.pause();
    this.#socket.unshift(chunk);
    const isHttp = first >= CAPITAL_A && first <= CAPITAL_Z;
    this.#served = isHttp ? this.#servers.http(this.#socket) : this.#servers.frames(this.#socket);
    this.#socket.resume();
  }

  #closeDetected(): void {
    if (this.#served === undefined) this.#socket.destroy();
    else this.#served.close();
  }
}

const CAPITAL_A = 0x41;
const CAPITAL_Z = 0x5a;

/** In milliseconds. A sidecar that has connected sends its request at once. */
const FIRST_BYTE_MS = 100;
