import type { Log } from '../../../log.ts';
import { keepTrying } from '../connection/connect.ts';
import { streamProblem } from '../topology/compatibility.ts';
import { codeOf, reasonOf } from '../connection/reply.ts';
import type { Session } from './session.ts';

export interface SubscriptionOptions {
  /** As the broker names it. */
  readonly queue: string;
  /**
   * Begins to consume as soon as there is a connection; resolves to undefined when `stopped` comes
   * first.
   */
  readonly open: (stopped: Promise<undefined>) => Promise<Session | undefined>;
  /** Resolves when everything that should exist does. */
  readonly ready: () => Promise<void>;
  /** Called when the broker has accepted the consumer, after the start or after a failure. */
  readonly onBegun: () => void;
  /** Called with the reason why the queue cannot be consumed; undefined when that is over. */
  readonly onProblem: (problem: string | undefined) => void;
  readonly stop: AbortSignal;
  readonly log: Log;
}

const STABLE_MS = 10_000;

/** Consumes, and consumes again whenever that ends; resolves once it is stopped. Never rejects. */
export async function keepConsuming(options: SubscriptionOptions): Promise<void> {
  const { queue, open, ready, onBegun, onProblem, stop, log } = options;
  const stopped = new Promise<undefined>((resolve) => {
    if (stop.aborted) resolve(undefined);
    stop.addEventListener('abort', () => resolve(undefined), { once: true });
  });

  let isStream = false;

  function solved(): void {
    isStream = false;
    onProblem(undefined);
  }

  async function consumeOnce(): Promise<void> {
    const session = await open(stopped);
    if (session === undefined) return;
    onBegun();
    // A stream accepts a consumer; only its first delivery shows what it is.
    if (!isStream) solved();
    void session.received.then(solved);
    const end = await Promise.race([session.ended, stopped]);
    if (end === undefined) return session.cancel();
    if (end === 'closed') return;
    if (end === 'stream') {
      isStream = true;
      return onProblem(streamProblem(queue));
    }
    solved();
    log.warn({ queue }, 'consumer cancelled by the broker; consuming again');
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
      if (codeOf(error) === 404) onProblem(`queue "${queue}" does not exist`);
      log.warn({ queue, reason: reasonOf(error) }, 'consumer failed; consuming again');
      await lookAgain();
    }
  }

  await keepTrying(consumeOrLookAgain, { stableMs: STABLE_MS, stop });
}
