import type { ChannelModel } from 'amqplib';
import { whileOpen } from '../connection/connect.ts';

/**
 * Checks the topology from time to time, on one connection after another: the broker does not
 * notify a client when an exchange, a binding or another actor's queue is deleted.
 */
export interface Checker {
  /** Checks on a connection until it is closed. */
  serve(connection: ChannelModel): void;
  /** Checks soon, the ends' queues too: a publish was unroutable. */
  request(): void;
}

export interface CheckerOptions {
  /** The longest time between two checks, in milliseconds; a third of it is jitter. */
  readonly intervalMs: number;
  /** Resolves to false when something is missing; it is then checked again sooner. */
  readonly check: (connection: ChannelModel, withEnds: boolean) => Promise<boolean>;
  readonly closed: AbortSignal;
}

const INCOMPLETE_INTERVAL_MS = 5_000;
/** Unroutable publishes may come in thousands. */
const MIN_INTERVAL_MS = 1_000;

export function createChecker({ intervalMs, check, closed }: CheckerOptions): Checker {
  const soonMs = Math.min(intervalMs, INCOMPLETE_INTERVAL_MS);
  let connection: ChannelModel | undefined;
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  let requested = false;
  let checkedAtMs = -Infinity;

  function schedule(delayMs: number): void {
    clearTimeout(timer);
    if (connection !== undefined && !closed.aborted)
      timer = setTimeout(() => void run(connection), delayMs).unref();
  }

  async function run(on: ChannelModel | undefined): Promise<void> {
    if (on === undefined || running) return;
    const withEnds = requested;
    [running, requested, checkedAtMs] = [true, false, performance.now()];
    let complete = true;
    try {
      complete = await whileOpen(on, () => check(on, withEnds));
    } catch {
      // The connection is lost: the link logs it, and everything is declared again with the next
      // one.
    }
    running = false;
    if (requested) schedule(MIN_INTERVAL_MS);
    else schedule(complete ? intervalMs * (1 - Math.random() / 3) : soonMs);
  }

  return {
    serve(connected) {
      connection = connected;
      connected.once('close', () => {
        if (connection !== connected) return;
        connection = undefined;
        clearTimeout(timer);
      });
      schedule(soonMs);
    },
    request() {
      if (requested) return;
      requested = true;
      if (!running) schedule(Math.max(0, checkedAtMs + MIN_INTERVAL_MS - performance.now()));
    },
  };
}
