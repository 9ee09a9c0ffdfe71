import { createSleep, delayAfter, type Backoff } from '../backoff.ts';
import type { Handler, Hop, Outcome, HopProcessor } from '../hop/hop.ts';
import type { Log } from '../log.ts';
import type { Settle } from './settle.ts';

export interface WorkOptions {
  readonly handle: Handler;
  readonly settle: Settle;
  /** What becomes of a hop of which nobody could decide it. */
  readonly undecided: (hop: Hop, error: unknown) => Outcome;
  readonly log: Log;
  /** Aborts when the process lets go of what it holds. */
  readonly closed: AbortSignal;
}

const SETTLE_AGAIN: Backoff = { minMs: 1_000, maxMs: 30_000, jitter: 0.5 };

/**
 * The whole hop: decide, then settle. Where either throws, nobody has decided, and the hop is tried
 * again.
 */
export function createHopProcessor({
  handle,
  settle,
  undecided,
  log,
  closed,
}: WorkOptions): HopProcessor {
  const sleep = createSleep(closed);

  return async (hop) => {
    let outcome = await decide(hop);
    // A bare requeue would loop hot, so settling is tried again here, after a back-off.
    for (let failures = 1; ; failures++) {
      try {
        return await settle(hop, outcome);
      } catch (error) {
        if (closed.aborted || hop.abandoned) throw error;
        const delayMs = delayAfter(failures, SETTLE_AGAIN);
        log.error({ err: error, delayMs }, 'settling failed; it is tried again');
        await sleep(delayMs);
        if (outcome.kind !== 'give_back') outcome = undecided(hop, error);
      }
    }
  };

  async function decide(hop: Hop): Promise<Outcome> {
    try {
      return await handle(hop);
    } catch (error) {
      log.error({ err: error }, 'nobody decided what becomes of the envelope; it is tried again');
      return undecided(hop, error);
    }
  }
}
