import type { Duplex } from 'node:stream';
import type { Log } from '../log.ts';
import type { Connection } from './connection.ts';
import { encodeFrame, FrameReader, FrameTooLarge } from './frames.ts';

export interface FrameConnectionOptions {
  readonly maxRequestBytes: number;
  /** Returns the reply to a frame. If it rejects, the connection is closed. */
  readonly answer: (body: Buffer) => Promise<string>;
  /** Returns the reply to a frame that is too large. */
  readonly refuse: (message: string) => string;
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

  /** The rest of a frame that is too large is not read. */
  #endAfter(error: unknown): void {
    this.#socket.pause();
    if (!(error instanceof FrameTooLarge)) {
      this.#options.log('error', 'runtime failed; connection closed', { err: String(error) });
      this.#socket.destroy();
      return;
    }
    const reply = encodeFrame(this.#options.refuse(error.message));
    this.#socket.end(reply, () => this.#socket.destroy());
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
      this.#endAfter(error);
      return;
    }
    this.#isAnswering = false;
    this.#finish();
    if (this.#socket.isPaused()) this.#socket.resume();
  }
}
