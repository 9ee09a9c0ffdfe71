import { setTimeout as sleep } from 'node:timers/promises';
import { SendError, type Transport } from '../../src/transport/transport.ts';
import { ACTORS } from './pipeline.ts';
import { createRandom } from './random.ts';
import type { RunLedger } from './runLedger.ts';

/** A producer that resends each envelope until it is confirmed. */
export interface Load {
  /** The number of confirmed envelopes. */
  readonly sentCount: number;
  /** Sends until `count` envelopes have been sent in total. */
  sendUpTo(count: number): void;
  /** Stops sending until `resume`; resolves when all pending sends are confirmed. */
  pause(): Promise<void>;
  resume(): void;
  /** Sends one additional envelope, even while paused, and resolves when it is confirmed. */
  sendOne(queue: string, body: Buffer): Promise<void>;
  close(): Promise<void>;
}

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

export function startLoad({ transport, ledger, seed, maxCallMs }: LoadOptions): Load {
  const random = createRandom(seed);
  const unconfirmed = new Set<Promise<void>>();
  let number = 0;
  let sentCount = 0;
  let limit = 0;
  let isPaused = false;
  const closing = new AbortController();
  const { signal } = closing;

  async function sendOne(queue: string, body: Buffer): Promise<void> {
    while (!signal.aborted) {
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

  async function run(): Promise<void> {
    while (!signal.aborted) {
      if (isPaused || number >= limit || unconfirmed.size >= MAX_UNCONFIRMED) {
        await sleep(IDLE_DELAY_MS);
        continue;
      }
      const body = encodeBody(++number, random.below(100), random.below(4), maxCallMs);
      const sending = sendOne('prep', body).then(() => {
        sentCount++;
        unconfirmed.delete(sending);
      });
      unconfirmed.add(sending);
    }
  }
  const running = run();

  return {
    get sentCount() {
      return sentCount;
    },
    sendUpTo: (count) => void (limit = count),
    pause: async () => {
      isPaused = true;
      await Promise.all(unconfirmed);
    },
    resume: () => void (isPaused = false),
    sendOne,
    close: async () => {
      closing.abort();
      await running;
      await Promise.all(unconfirmed);
    },
  };
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
