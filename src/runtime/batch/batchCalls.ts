import { AsyncLocalStorage } from 'node:async_hooks';
import type {
  AbsenceCause,
  CallReply,
  Reply,
  Request,
  Runtime,
  RuntimeState,
  Unanswered,
} from '../runtime.ts';
import { AloneCalls } from './aloneCalls.ts';
import type { Calls, CallsOptions } from './calls.ts';
import { FormedBatch } from './formedBatch.ts';
import { WaitingRoom } from './waitingRoom.ts';

/**
 * Calls of batches. If the call of a batch of several items fails as a whole, each item is called
 * alone once, one after the other, in the slot of the batch.
 */
export class BatchCalls implements Calls {
  readonly #options: CallsOptions;
  readonly #room: WaitingRoom<FormedBatch>;
  readonly #aloneCalls: AloneCalls;
  readonly #runOutside = AsyncLocalStorage.snapshot();
  /** The number of requests that wait or are in a call. */
  #requests = 0;

  constructor(options: CallsOptions) {
    this.#options = options;
    this.#aloneCalls = new AloneCalls(options);
    this.#room = new WaitingRoom({
      ...options,
      mayGrow: () => options.deliveries.mayArrive(this.#requests),
      start: (requests) => this.#start(requests),
    });
  }

  async call(next: Runtime, request: Request): Promise<Reply> {
    const { clock, onWait } = this.#options;
    const arrivedAtMs = clock.nowMs();
    this.#requests++;
    try {
      const seat = await this.#room.wait(request);
      if ('rejection' in seat) return seat.rejection;
      onWait?.(clock.nowMs() - arrivedAtMs);
      const batch = seat.group;
      const reply = await batch.callItem(next, request);
      const turn = batch.turnOf(request);
      if (turn === undefined) return reply;
      if (this.#endsProcess(reply)) return repeatedAlone(reply);
      const own = await this.#aloneCalls.call(next, request, turn);
      return this.#isRateLimited(own) ? repeatedAlone(reply) : own;
    } finally {
      this.#requests--;
    }
  }

  rejectWaiting(reply: Reply, cause: AbsenceCause | undefined): void {
    this.#room.rejectAll(reply);
    // For other causes, the items of a failed batch continue to wait: see `AloneCalls`.
    if (cause === 'draining' || cause === 'breaker') this.#aloneCalls.refuseWaiting(reply);
  }

  setState(state: RuntimeState): void {
    this.#aloneCalls.setState(state);
  }

  /** Whether no call follows, because the process ends after the time-out of its batch. */
  #endsProcess(reply: Reply | CallReply): reply is Extract<Unanswered, { kind: 'failed' }> {
    const isTimeout = reply.kind === 'failed' && reply.fault.code === 'runtime_timeout';
    return isTimeout && this.#options.endsWithTimeout === true;
  }

  /**
   * Whether the rate limit has refused a call alone. An item that was given back would form the same
   * batch again, and its call would take the start that the rate limit permits, each time.
   */
  #isRateLimited(own: Reply): boolean {
    const isRefused = own.kind === 'absent' && own.cause === 'rate_limit';
    // A drain and an open breaker end the waits for the rate limit, too.
    return isRefused && this.#options.deliveries.giveBackCause() === undefined;
  }

  #start(requests: readonly Request[]): FormedBatch {
    const batch = new FormedBatch(requests);
    // The batch belongs to no single hop.
    void this.#runOutside(() => this.#occupySlot(batch));
    return batch;
  }

  /**
   * Keeps the slot of a batch until its last item has been called; to the end of the process if no
   * item is called.
   */
  async #occupySlot(batch: FormedBatch): Promise<void> {
    const { slots } = this.#options;
    const reply = await batch.ended;
    const { turns } = batch;
    if (turns.length > 0) this.#logFailure(turns.length, reply);
    const late = reply?.kind === 'failed' ? reply.lateCompletion : undefined;
    if (late !== undefined) await slots.untilFinished(late);
    for (const turn of turns) {
      turn.begin();
      await turn.ended;
    }
    this.#room.releaseSlot();
  }

  #logFailure(envelopes: number, reply: CallReply | undefined): void {
    if (reply?.kind !== 'failed') return;
    const { code, message } = reply.fault;
    const details = { envelopes, code, error: message };
    if (this.#endsProcess(reply)) this.#options.log.warn(details, 'call of a batch timed out');
    else this.#options.log.warn(details, BATCH_FAILED);
  }
}

/** Replaces the reply to a whole call: the item is received again, as a batch of one. */
function repeatedAlone(reply: Reply): Reply {
  if (reply.kind !== 'failed' && reply.kind !== 'deferred') return reply;
  return { kind: 'failed', fault: reply.fault, retryable: false, isShared: true };
}

const BATCH_FAILED = 'call of a batch failed; calling its envelopes one by one';
