import { createSleep, retryWithBackoff, type Backoff } from '../backoff.ts';
import type { Complete, Decide, Hop, HopProcessor, Outcome, Retry, Settled } from '../hop/hop.ts';
import { dispatchRetry, retryUndecided, type RetryPolicy } from '../hop/retry.ts';
import { answerUndelivered, type AnswerOptions } from '../hop/undelivered.ts';
import type { Log } from '../log.ts';
import { SECOND } from '../units.ts';
import type { Settle } from './settle.ts';

export interface HopProcessorOptions extends AnswerOptions {
  readonly decide: Decide;
  readonly settle: Settle;
  readonly policy: RetryPolicy;
  readonly log: Log;
  /** Aborts when the process releases its deliveries. */
  readonly closed: AbortSignal;
}

const SETTLE_AGAIN: Backoff = { minMs: SECOND, maxMs: 30 * SECOND, jitter: 0.5 };

/**
 * Processes a hop: decides, publishes, answers for the dispatches that were not accepted, and
 * acknowledges. If the decision or the settlement throws, the hop is retried.
 */
export function createHopProcessor(options: HopProcessorOptions): HopProcessor {
  const { decide, settle, policy, routing, log, closed } = options;
  const sleep = createSleep(closed);

  async function decideOrRetry(hop: Hop): Promise<Outcome> {
    try {
      return await decide(hop);
    } catch (error) {
      log.error({ err: error }, 'decision failed; retrying the hop');
      return retryUndecided(hop, error, policy, routing);
    }
  }

  async function carryOut(hop: Hop, outcome: Outcome): Promise<Settled> {
    switch (outcome.kind) {
      case 'give_back': {
        const { reason } = outcome;
        await settle.giveBack(hop, reason);
        return { name: 'give_back', dispatched: 0, giveBack: reason };
      }
      case 'retry':
        return sendRetry(hop, outcome);
      case 'complete':
        return complete(hop, outcome);
    }
  }

  async function sendRetry(hop: Hop, outcome: Retry): Promise<Settled> {
    const { fault, deferral, probe, alone } = outcome;
    await settle.publish(hop, [dispatchRetry(hop, outcome, policy, routing.actor)]);
    await settle.ack(hop);
    return {
      name: 'retry',
      fault,
      dispatched: 0,
      deferral,
      ...(probe === true ? { probe } : {}),
      ...(deferral && alone === true ? { alone } : {}),
    };
  }

  async function complete(hop: Hop, { name, dispatches, fault }: Complete): Promise<Settled> {
    let settled: Settled = { name, dispatched: dispatches.length, fault };
    let undelivered = await settle.publish(hop, dispatches);
    while (undelivered.length > 0) {
      const answer = answerUndelivered(hop, undelivered, options);
      const dispatched = answer.replacesAll ? answer.dispatches.length : settled.dispatched;
      settled = { name: answer.name, dispatched, fault: answer.fault };
      undelivered = await settle.publish(hop, answer.dispatches);
    }
    await settle.ack(hop);
    return settled;
  }

  return async (hop) => {
    let outcome = await decideOrRetry(hop);
    return retryWithBackoff(() => carryOut(hop, outcome), {
      backoff: SETTLE_AGAIN,
      sleep,
      onFailure(error, delayMs) {
        if (closed.aborted || hop.isAbandoned()) throw error;
        log.error({ err: error, delayMs }, 'settling failed; retrying');
        if (outcome.kind !== 'give_back') outcome = retryUndecided(hop, error, policy, routing);
      },
    });
  };
}
