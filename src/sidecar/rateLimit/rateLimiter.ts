import type { Clock } from '../../clock.ts';
import { LinkedList } from '../../linkedList.ts';
import { CallStarts, type RateLimit } from './callStarts.ts';

/** How a wait ends: the call starts, or its deadline has passed, or it is given back. */
export type WaitEnd = 'started' | 'overdue' | 'rejected';

interface Waiter {
  readonly leftMs: () => number;
  readonly end: (how: WaitEnd) => void;
}

/** Limits the starts of calls. Calls that must wait start in the order of their arrival. */
export class RateLimiter {
  readonly #starts: CallStarts;
  readonly #clock: Clock;
  readonly #waiting = new LinkedList<Waiter>();
  #isScheduled = false;

  constructor(limit: RateLimit, clock: Clock) {
    this.#starts = new CallStarts(limit);
    this.#clock = clock;
  }

  /** The expected wait of a call that arrives behind all waiting calls and `ahead` others. */
  waitMs(ahead = 0): number {
    return this.#starts.waitMs(this.#clock.nowMs(), this.#waiting.size + ahead);
  }

  /** Starts a call at once. Returns false if it must wait. */
  tryStart(): boolean {
    const nowMs = this.#clock.nowMs();
    if (this.#waiting.size > 0 || this.#starts.waitMs(nowMs, 0) > 0) return false;
    this.#starts.add(nowMs);
    return true;
  }

  /**
   * Queues a call.
   * @param leftMs returns the time until the call's deadline
   * @param onEnd called once, when the call starts or ends without a start
   */
  wait(leftMs: () => number, onEnd: (how: WaitEnd) => void): void {
    const cancelTimer = this.#endAtDeadline(leftMs, () => node.value.end('overdue'));
    const node = this.#waiting.add({
      leftMs,
      end: (how) => {
        this.#waiting.remove(node);
        cancelTimer();
        onEnd(how);
      },
    });
    this.#schedule();
  }

  /** Ends all waits. */
  rejectWaiting(): void {
    for (const { value } of this.#waiting) value.end('rejected');
  }

  #endAtDeadline(leftMs: () => number, end: () => void): () => void {
    const delayMs = leftMs();
    return delayMs === Number.POSITIVE_INFINITY ? () => {} : this.#clock.callAfter(delayMs, end);
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.size === 0) return;
    this.#isScheduled = true;
    const delayMs = this.#starts.waitMs(this.#clock.nowMs(), 0);
    this.#clock.callAfter(delayMs, () => {
      this.#isScheduled = false;
      this.#startWaiting();
      this.#schedule();
    });
  }

  #startWaiting(): void {
    for (;;) {
      const { first } = this.#waiting;
      const nowMs = this.#clock.nowMs();
      // A timer may fire a millisecond early.
      if (first === undefined || this.#starts.waitMs(nowMs, 0) > 0) return;
      const isOverdue = first.leftMs() <= 0;
      if (!isOverdue) this.#starts.add(nowMs);
      first.end(isOverdue ? 'overdue' : 'started');
    }
  }
}
