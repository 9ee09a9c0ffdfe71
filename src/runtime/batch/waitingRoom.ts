import type { Clock } from '../../clock.ts';
import type { Slots } from '../limits/slots.ts';
import { absent, deadlineExceeded } from '../reply/failedReply.ts';
import type { Reply, Request } from '../runtime.ts';
import { Gathering, type BatchLimits, type BatchList, type Group } from './gathering.ts';

export interface WaitingRoomOptions<S> {
  readonly slots: Slots;
  readonly limits: BatchLimits;
  /** Undefined if a call has no list in addition to its payloads. */
  readonly list?: BatchList | undefined;
  readonly clock: Clock;
  /** Whether another request may arrive before one that is here has ended. */
  readonly mayGrow: () => boolean;
  /** Creates the object that the requests of a group share, when they have their slot. */
  readonly start: (requests: readonly Request[]) => S;
}

/** The end of a wait: the object of a group that has a slot, or a reply without a call. */
export type Seat<S> = { readonly group: S } | { readonly rejection: Reply };

interface Waiter<S> {
  readonly request: Request;
  /** Called once. */
  readonly resolve: (seat: Seat<S>) => void;
}

/**
 * Where requests wait for slots and gather into groups. A free slot takes the first group when it
 * is full, when its first request has waited for `waitMs`, or when no other request may arrive.
 * While all slots are used, requests gather.
 */
export class WaitingRoom<S> {
  readonly #options: WaitingRoomOptions<S>;
  readonly #gathering: Gathering<Waiter<S>>;
  #cancelTimer: (() => void) | undefined;

  constructor(options: WaitingRoomOptions<S>) {
    this.#options = options;
    this.#gathering = new Gathering(options.limits, options.list);
  }

  /** Waits for a slot. The promise continues in the asynchronous context of the caller. */
  wait(request: Request): Promise<Seat<S>> {
    const { slots, clock } = this.#options;
    const exhaustion = slots.exhaustion();
    if (exhaustion !== undefined) return Promise.resolve({ rejection: absent(exhaustion) });
    return new Promise((resolve) => {
      this.#gathering.add({ request, resolve }, clock.nowMs());
      this.#fillSlots();
    });
  }

  /** Releases the slot of a group. */
  releaseSlot(): void {
    this.#options.slots.release();
    this.#fillSlots();
  }

  /** Ends all waits. */
  rejectAll(rejection: Reply): void {
    for (let group = this.#gathering.shift(); group; group = this.#gathering.shift()) {
      for (const { resolve } of group.members) resolve({ rejection });
    }
  }

  /** Gives each free slot to the group that has waited longest. */
  #fillSlots(): void {
    const { slots, clock } = this.#options;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (let group = this.#gathering.first; group; group = this.#gathering.first) {
      if (!slots.hasFree()) return;
      const leftMs = this.#leftMs(group);
      if (leftMs > 0) {
        this.#cancelTimer = clock.callAfter(leftMs, () => this.#fillSlots());
        return;
      }
      this.#gathering.shift();
      this.#start(group.members);
    }
  }

  /** The time for which a group waits for further requests, in milliseconds. */
  #leftMs({ isFull, sinceMs }: Group<Waiter<S>>): number {
    const { limits, mayGrow, clock } = this.#options;
    return isFull || !mayGrow() ? 0 : sinceMs + limits.waitMs - clock.nowMs();
  }

  #start(waiters: readonly Waiter<S>[]): void {
    const { slots, start } = this.#options;
    const inTime = waiters.filter((waiter) => !rejectOverdue(waiter));
    if (inTime.length === 0) return;
    slots.take();
    const group = start(inTime.map(({ request }) => request));
    for (const { resolve } of inTime) resolve({ group });
  }
}

function rejectOverdue<S>({ request, resolve }: Waiter<S>): boolean {
  const { deadlineMs = Number.POSITIVE_INFINITY } = request.envelope.headers;
  const isOverdue = deadlineMs <= Date.now();
  if (isOverdue) {
    const message = 'the deadline passed while the call waited for a slot';
    resolve({ rejection: deadlineExceeded(message) });
  }
  return isOverdue;
}
