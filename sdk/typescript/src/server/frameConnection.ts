import type { Duplex } from 'node:stream';
import type { Log } from '../log.ts';
import type { Connection } from './connection.ts';
import { encodeFrame, FrameReader } from './frames.ts';

export interface FrameConnectionOptions {
  readonly maxRequestBytes: number;
  /** Returns the reply to a frame. If it rejects, the connection is closed. */
  readonly answer: (body: Buffer) => Promise<string>;
  readonly log: Log;
}

/** Answers the frames of a connection, one after the other. */
export function serveFrames(socket: Duplex, options: FrameConnectionOptions): Connection {
  return new FrameConnection(socket, options);
}

class FrameConnection implements Connection {
  readonly #socket: Duplex;
  readonly #options: FrameConnectionOptions;
  readonly #reader: FrameReader;
  #isAnswering = false;
  #isClosing = false;
  /** The client sends nothing more, and may still read. */
  #hasEnded = false;

  constructor(socket: Duplex, options: FrameConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#reader = new FrameReader(options.maxRequestBytes);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('end', () => {
      this.#hasEnded = true;
      this.#finish();
    });
  }

  get isBusy(): boolean {
    return this.#isAnswering;
  }

  close(): void {
    this.#isClosing = true;
    this.#finish();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Closes the connection if it is no longer needed. A request that has begun is answered. */
  #finish(): void {
    const isWaiting = this.#isAnswering || !(this.#reader.isEmpty() || this.#hasEnded);
    if (isWaiting || !(this.#isClosing || this.#hasEnded)) return;
    this.#socket.end(() => this.#socket.destroy());
  }

  #read(chunk: Buffer): void {
    this.#reader.push(chunk);
    // The sidecar sends one request at a time. A client that sends more must wait.
    if (this.#isAnswering) this.#socket.pause();
    else void this.#answerAll();
  }

  async #answerAll(): Promise<void> {
    this.#isAnswering = true;
    try {
      for (let body = this.#reader.next(); body !== undefined; body = this.#reader.next())
        this.#socket.write(encodeFrame(await this.#options.answer(body)));
    } catch (error) {
      this.#options.log('warn', 'bad request; connection closed', { err: String(error) });
      this.#socket.destroy();
    }
    this.#isAnswering = false;
    this.#finish();
    if (this.#socket.isPaused()) this.#socket.resume();
  }
}
