import { setTimeout as sleep } from 'node:timers/promises';
import { SendError, type Transport } from '../../src/transport/transport.ts';
import { createRandom } from './random.ts';
import type { RunLedger } from './runLedger.ts';
import type { LoadMessage, Workload } from './workload.ts';

export interface LoadOptions {
  readonly transport: Transport;
  readonly ledger: RunLedger;
  readonly seed: number;
  readonly encode: Workload['encode'];
}

const MAX_UNCONFIRMED = 64;
const RESEND_DELAY_MS = 200;
const IDLE_DELAY_MS = 2;

/** A producer that resends each envelope until it is confirmed. */
export class Load {
  readonly #options: LoadOptions;
  readonly #unconfirmed = new Set<Promise<void>>();
  readonly #running: Promise<void>;
  #sentCount = 0;
  #limit = 0;
  #isPaused = false;
  #isClosed = false;

  private constructor(options: LoadOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  static start(options: LoadOptions): Load {
    return new Load(options);
  }

  /** The number of confirmed envelopes. */
  get sentCount(): number {
    return this.#sentCount;
  }

  /** Sends until `count` envelopes have been sent in total. */
  sendUpTo(count: number): void {
    this.#limit = count;
  }

  /** Stops sending until `resume`; resolves when all pending sends are confirmed. */
  async pause(): Promise<void> {
    this.#isPaused = true;
    await Promise.all(this.#unconfirmed);
  }

  resume(): void {
    this.#isPaused = false;
  }

  /** Sends one additional envelope, even while paused, and resolves when it is confirmed. */
  async sendOne(queue: string, body: Buffer): Promise<void> {
    const { transport, ledger } = this.#options;
    while (!this.#isClosed) {
      try {
        await transport.send(queue, { body, headers: {} });
        ledger.recordSent(body);
        return;
      } catch (error) {
        if (!(error instanceof SendError)) throw error;
        // The message may be stored, so a resend may create a second copy.
        if (error.code !== 'unroutable') ledger.recordResend(body);
        await sleep(RESEND_DELAY_MS);
      }
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
    await Promise.all(this.#unconfirmed);
  }

  async #run(): Promise<void> {
    const { seed, encode } = this.#options;
    const random = createRandom(seed);
    let number = 0;
    while (!this.#isClosed) {
      const isFull = this.#unconfirmed.size >= MAX_UNCONFIRMED;
      if (this.#isPaused || number >= this.#limit || isFull) {
        await sleep(IDLE_DELAY_MS);
        continue;
      }
      this.#sendNext(encode(++number, random));
    }
  }

  #sendNext({ queue, body }: LoadMessage): void {
    const sending = this.sendOne(queue, body).then(() => {
      this.#sentCount++;
      this.#unconfirmed.delete(sending);
    });
    this.#unconfirmed.add(sending);
  }
}
