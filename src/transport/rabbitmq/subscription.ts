import type { Log } from '../../log.ts';
import { keepTrying } from './connecting.ts';
import { codeOf } from './declarable.ts';
import type { Session } from './session.ts';

export interface SubscriptionOptions {
  /** As the broker names it. */
  readonly queue: string;
  /** Begins to consume as soon as there is a connection; resolves to undefined when `stopped` comes first. */
  readonly open: (stopped: Promise<undefined>) => Promise<Session | undefined>;
  /** Resolves when everything that should exist does. */
  readonly ready: () => Promise<void>;
  /** The broker has agreed, after the start or after a failure. */
  readonly onBegun: () => void;
  /** The broker has no such queue. */
  readonly onMissing: () => void;
  readonly stop: AbortSignal;
  readonly log: Log;
}

const STABLE_MS = 10_000;

/** Consumes, and consumes again whenever that ends; resolves once it is stopped. Never rejects. */
export async function keepConsuming(options: SubscriptionOptions): Promise<void> {
  const { queue, open, ready, onBegun, onMissing, stop, log } = options;
  const stopped = new Promise<undefined>((resolve) => {
    if (stop.aborted) resolve(undefined);
    stop.addEventListener('abort', () => resolve(undefined), { once: true });
  });

  async function consumeOnce(): Promise<void> {
    const session = await open(stopped);
    if (session === undefined) return;
    onBegun();
    const end = await Promise.race([session.ended, stopped]);
    if (end === undefined) return session.cancel();
    if (end === 'closed') return;
    log.warn({ queue }, 'the broker cancelled the consumer, as its queue is gone; consuming again');
    await lookAgain();
  }

  async function lookAgain(): Promise<void> {
    await Promise.race([ready(), stopped]);
  }

  async function consumeOrLookAgain(): Promise<void> {
    try {
      await consumeOnce();
    } catch (error) {
      if (stop.aborted) return;
      if (codeOf(error) === 404) onMissing();
      log.warn({ err: error, queue }, 'cannot consume; trying again');
      await lookAgain();
    }
  }

  await keepTrying(consumeOrLookAgain, { stableMs: STABLE_MS, stop });
}
