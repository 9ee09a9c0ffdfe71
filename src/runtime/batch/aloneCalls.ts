import type { Clock } from '../../clock.ts';
import { LinkedList } from '../../linkedList.ts';
import type { Slots } from '../limits/slots.ts';
import { absent, deadlineExceeded, lateCompletionOf } from '../reply/failedReply.ts';
import type { Reply, Request, Runtime, RuntimeState } from '../runtime.ts';
import type { Deliveries } from './deliveries.ts';
import { FormedBatch } from './formedBatch.ts';
import { ReadyGate } from './readyGate.ts';
import type { Turn } from './turn.ts';

export interface AloneCallsOptions {
  readonly slots: Slots;
  readonly deliveries: Deliveries;
  readonly clock: Clock;
}

/**
 * The calls of single items after the call of their batch has failed. Items that were given back
 * would form the same batch again, and no attempt would be counted. So they wait while the runtime
 * is absent, and an item that the rate limit refuses is repeated alone.
 *
 * Only two causes give items back, and neither repeats a batch for ever. `draining` ends the
 * process. `breaker` ends when a probe is answered: a call of one message, which it settles.
 */
export class AloneCalls {
  readonly #options: AloneCallsOptions;
  readonly #waiting = new LinkedList<Turn>();
  readonly #gate = new ReadyGate();

  constructor(options: AloneCallsOptions) {
    this.#options = options;
  }

  /** Makes the call when the turn has come, and ends the turn when its slot is free. */
  async call(next: Runtime, request: Request, turn: Turn): Promise<Reply> {
    const { slots, deliveries, clock } = this.#options;
    let reply: Reply | undefined;
    const node = this.#waiting.add(turn);
    const cancelTimer = refuseAtDeadline(turn, request, clock);
    const cause = deliveries.giveBackCause();
    if (cause !== undefined) turn.refuse(absent('the call of the batch failed', cause));
    try {
      reply = await this.#callWhenReady(next, request, turn);
      return reply;
    } finally {
      cancelTimer();
      this.#waiting.remove(node);
      const late = lateCompletionOf(reply);
      if (late === undefined) turn.end();
      else void slots.untilFinished(late).then(() => turn.end());
    }
  }

  /** Ends all waits. Running calls continue. */
  refuseWaiting(reply: Reply): void {
    for (const { value: turn } of this.#waiting) turn.refuse(reply);
  }

  setState(state: RuntimeState): void {
    this.#gate.set(state);
  }

  async #callWhenReady(next: Runtime, request: Request, turn: Turn): Promise<Reply> {
    for (;;) {
      const refusal = await turn.wait(() => this.#gate.passed());
      if (refusal !== undefined) return refusal;
      const batch = new FormedBatch([request]);
      const reply = await batch.callItem(next, request);
      // Without a cause, the runtime has not been reached: it restarts.
      if (reply.kind !== 'absent' || reply.cause !== undefined) return reply;
    }
  }
}

function refuseAtDeadline(turn: Turn, { envelope }: Request, clock: Clock): () => void {
  const { deadlineMs } = envelope.headers;
  if (deadlineMs === undefined) return () => {};
  return clock.callAfter(deadlineMs - Date.now(), () =>
    turn.refuse(deadlineExceeded('the deadline passed while the call waited for a slot')),
  );
}
