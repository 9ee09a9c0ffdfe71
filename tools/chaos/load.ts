import { setTimeout as sleep } from 'node:timers/promises';
import { SendError, type Transport } from '../../src/transport/transport.ts';
import { ACTORS } from './pipeline.ts';
import { createRandom } from './random.ts';
import type { RunLedger } from './runLedger.ts';

export interface LoadOptions {
  readonly transport: Transport;
  readonly ledger: RunLedger;
  readonly seed: number;
  /** The upper bound of a runtime's call time. */
  readonly maxCallMs: number;
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
    const { seed, maxCallMs } = this.#options;
    const random = createRandom(seed);
    let number = 0;
    while (!this.#isClosed) {
      const isFull = this.#unconfirmed.size >= MAX_UNCONFIRMED;
      if (this.#isPaused || number >= this.#limit || isFull) {
        await sleep(IDLE_DELAY_MS);
        continue;
      }
      this.#sendNext(encodeBody(++number, random.below(100), random.below(4), maxCallMs));
    }
  }

  #sendNext(body: Buffer): void {
    const sending = this.sendOne('prep', body).then(() => {
      this.#sentCount++;
      this.#unconfirmed.delete(sending);
    });
    this.#unconfirmed.add(sending);
  }
}

/**
 * Encodes one of a hundred kinds of messages: one is not JSON, two fail at the first actor, two at
 * the last actor, four get an empty reply, and the others succeed.
 */
function encodeBody(number: number, kind: number, extra: number, maxCallMs: number): Buffer {
  if (kind === 0) return Buffer.from(`not an envelope ${number}`);
  const route = { actors: kind < 4 ? ['prep'] : ['prep', 'split', 'infer'], current: 0 };
  const payload = {
    number,
    width: 1 + extra,
    takesMs: number % maxCallMs,
    ...(kind === 4 || kind === 5 ? { failAt: 'pass' } : {}),
    ...(kind === 6 || kind === 7 ? { failAt: 'http' } : {}),
    ...(kind >= 8 && kind < 12 ? { emptyAt: 'split' } : {}),
    pad: 'x'.repeat(extra * 200),
  };
  return Buffer.from(JSON.stringify({ id: `env-${number}`, route, payload }));
}

/** Whether `encodeBody` has requested the error of an error envelope. */
export function isExpectedError(code: string, body: Buffer): boolean {
  if (code === 'parse_error') return true;
  return code === 'runtime_error' && body.toString().includes('"failAt":');
}

/**
 * Encodes an envelope with a call time at an actor and all later ones. Their runtimes write its
 * name to a file when they begin.
 */
export function encodeSlowBody(name: string, firstActor: string, callMs: number): Buffer {
  const actors = ACTORS.slice(ACTORS.findIndex((actor) => actor === firstActor));
  const payload = { name, width: 2, takesMs: callMs };
  return Buffer.from(JSON.stringify({ id: name, route: { actors, current: 0 }, payload }));
}
