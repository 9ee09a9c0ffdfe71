import { setTimeout as sleep } from 'node:timers/promises';
import { SendError, type Transport } from '../../src/transport/transport.ts';
import type { Books } from './books.ts';
import { ACTORS } from './pipeline.ts';
import { createRandom } from './random.ts';

/** A producer that sends until each envelope is confirmed, as far as it is allowed to. */
export interface Load {
  readonly sent: number;
  /** Lets it send until so many have been sent. */
  allow(count: number): void;
  /** Resolves when nothing is being sent; nothing is, until `resume`. */
  pause(): Promise<void>;
  resume(): void;
  /** Sends one, apart from the load, until it is confirmed. */
  sendOne(to: string, body: Buffer): Promise<void>;
  close(): Promise<void>;
}

export interface LoadOptions {
  readonly transport: Transport;
  readonly books: Books;
  readonly seed: number;
  /** How long a runtime takes for a call, less than so many milliseconds. */
  readonly callMs: number;
}

const MAX_UNCONFIRMED = 64;
const AGAIN_MS = 200;

export function startLoad({ transport, books, seed, callMs }: LoadOptions): Load {
  const random = createRandom(seed);
  const inFlight = new Set<Promise<void>>();
  let number = 0;
  let confirmed = 0;
  let allowed = 0;
  let paused = false;
  const closing = new AbortController();
  const { signal } = closing;

  async function sendOne(to: string, body: Buffer): Promise<void> {
    while (!signal.aborted) {
      try {
        await transport.send(to, { body, headers: {} });
        books.sent(body);
        return;
      } catch (error) {
        if (!(error instanceof SendError)) throw error;
        // Nobody knows whether it is there, so it is sent again: another copy at the worst.
        if (error.code !== 'unroutable') books.doubtful(body);
        await sleep(AGAIN_MS);
      }
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      if (paused || number >= allowed || inFlight.size >= MAX_UNCONFIRMED) {
        await sleep(2);
        continue;
      }
      const body = bodyOf(++number, random.below(100), random.below(4), callMs);
      const sending = sendOne('prep', body).then(() => {
        confirmed++;
        inFlight.delete(sending);
      });
      inFlight.add(sending);
    }
  }
  const running = run();

  return {
    get sent() {
      return confirmed;
    },
    allow: (count) => void (allowed = count),
    pause: async () => {
      paused = true;
      await Promise.all(inFlight);
    },
    resume: () => void (paused = false),
    sendOne,
    close: async () => {
      closing.abort();
      await running;
      await Promise.all(inFlight);
    },
  };
}

/**
 * Of a hundred envelopes: one is no JSON, two fail at the first actor, two at the last, four are
 * answered with nothing.
 */
function bodyOf(number: number, kind: number, extra: number, callMs: number): Buffer {
  if (kind === 0) return Buffer.from(`no envelope ${number}`);
  const route = { actors: kind < 4 ? ['prep'] : ['prep', 'split', 'infer'], current: 0 };
  const payload = {
    number,
    width: 1 + extra,
    takesMs: number % callMs,
    ...(kind === 4 || kind === 5 ? { failAt: 'pass' } : {}),
    ...(kind === 6 || kind === 7 ? { failAt: 'http' } : {}),
    ...(kind >= 8 && kind < 12 ? { emptyAt: 'split' } : {}),
    pad: 'x'.repeat(extra * 200),
  };
  return Buffer.from(JSON.stringify({ id: `env-${number}`, route, payload }));
}

/** Whether an error is one that `bodyOf` has asked for. */
export function isWanted(code: string, body: Buffer): boolean {
  if (code === 'parse_error') return true;
  return code === 'runtime_error' && body.toString().includes('"failAt":');
}

/** An envelope that takes its time at each actor, from one on; each notes its name. */
export function slowBody(name: string, from: string, takesMs: number): Buffer {
  const route = { actors: ACTORS.slice(ACTORS.findIndex((actor) => actor === from)), current: 0 };
  return Buffer.from(JSON.stringify({ id: name, route, payload: { name, width: 2, takesMs } }));
}
