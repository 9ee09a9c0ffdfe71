import type { ServerResponse } from 'node:http';
import { KIB } from '../../src/units.ts';

/** The records of some hops, encoded once for all readers. */
export interface HopBatch {
  readonly bytes: Buffer;
  /** The number of records. */
  readonly hops: number;
}

/** The most bytes that wait in this process for one reader. The operating system buffers more. */
const MAX_WAITING_BYTES = 256 * KIB;

/** One client of /hops. A slow reader loses records, and receives their number. */
export class HopReader {
  readonly #response: ServerResponse;
  #dropped = 0;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on('drain', () => this.#reportDropped());
    // A connection that is lost also emits `close`.
    response.on('error', () => {});
  }

  send({ bytes, hops }: HopBatch): void {
    if (this.#response.writableLength + bytes.length > MAX_WAITING_BYTES) {
      this.drop(hops);
      return;
    }
    this.#reportDropped();
    this.#response.write(bytes);
  }

  /** Counts records that the reader does not receive. */
  drop(hops: number): void {
    this.#dropped += hops;
  }

  /** Writes an empty line to a reader that waits, so that proxies keep its connection. */
  sendHeartbeat(): void {
    if (this.#response.writableLength > 0) return;
    if (this.#dropped > 0) this.#reportDropped();
    else this.#response.write('\n');
  }

  end(): void {
    this.#reportDropped();
    this.#response.end();
  }

  #reportDropped(): void {
    if (this.#dropped === 0) return;
    this.#response.write(`{"dropped":${this.#dropped}}\n`);
    this.#dropped = 0;
  }
}
