import { payloadOf } from '../../envelope/envelope.ts';
import { LinkedList } from '../../linkedList.ts';
import type { Reply, Request } from '../runtime.ts';
import type { FormedBatch } from './formedBatch.ts';

export interface BatchLimits {
  /** The largest number of items. 1: calls are no batches. */
  readonly size: number;
  /** The longest wait of the first item for others, in milliseconds. */
  readonly waitMs: number;
  /** The largest sum of payloads. A larger payload is a batch of its own. */
  readonly maxBytes: number;
}

/** A list that a call has for its batch in addition to the payloads. */
export interface BatchList {
  readonly maxBytes: number;
  sizeOf(request: Request): number;
}

/** A request that waits for a slot. */
export interface Waiter {
  readonly request: Request;
  /** Called once. */
  readonly resolve: (seat: Seat) => void;
}

/** The end of a wait: a slot, and a batch if calls are batches; or a reply without a call. */
export type Seat =
  | { readonly kind: 'single' }
  | { readonly kind: 'batch'; readonly batch: FormedBatch }
  | { readonly kind: 'rejected'; readonly reply: Reply };

/** The next batch, in the order of arrival. */
export interface Group {
  readonly waiters: readonly Waiter[];
  readonly isFull: boolean;
  /** When its first item arrived. */
  readonly sinceMs: number;
}

/** The requests that wait for slots, in groups that become batches. */
export class Gathering {
  readonly #limits: BatchLimits;
  readonly #list: BatchList | undefined;
  readonly #groups = new LinkedList<GrowingGroup>();
  /** The group that further requests join. */
  #open: GrowingGroup | undefined;

  constructor(limits: BatchLimits, list: BatchList | undefined) {
    this.#limits = limits;
    this.#list = list;
  }

  get first(): Group | undefined {
    return this.#groups.first;
  }

  add(waiter: Waiter, nowMs: number): void {
    const payloadBytes = payloadOf(waiter.request.envelope).length;
    const listBytes = this.#list?.sizeOf(waiter.request) ?? 0;
    if (this.#open?.hasRoom(payloadBytes, listBytes) !== true) {
      this.#open?.close();
      this.#open = new GrowingGroup(nowMs, this.#limits, this.#list?.maxBytes ?? 0);
      this.#groups.add(this.#open);
    }
    this.#open.add(waiter, payloadBytes, listBytes);
    if (this.#open.isFull) this.#open = undefined;
  }

  /** Removes the first group. */
  shift(): Group | undefined {
    const group = this.#groups.shift();
    if (group === this.#open) this.#open = undefined;
    return group;
  }
}

class GrowingGroup implements Group {
  readonly waiters: Waiter[] = [];
  readonly sinceMs: number;
  readonly #limits: BatchLimits;
  readonly #maxListBytes: number;
  #payloadBytes = 0;
  #listBytes = 0;
  #isClosed = false;

  constructor(sinceMs: number, limits: BatchLimits, maxListBytes: number) {
    this.sinceMs = sinceMs;
    this.#limits = limits;
    this.#maxListBytes = maxListBytes;
  }

  get isFull(): boolean {
    const { size, maxBytes } = this.#limits;
    return this.#isClosed || this.waiters.length >= size || this.#payloadBytes >= maxBytes;
  }

  hasRoom(payloadBytes: number, listBytes: number): boolean {
    return (
      !this.isFull &&
      this.#payloadBytes + payloadBytes <= this.#limits.maxBytes &&
      this.#listBytes + listBytes <= this.#maxListBytes
    );
  }

  add(waiter: Waiter, payloadBytes: number, listBytes: number): void {
    this.waiters.push(waiter);
    this.#payloadBytes += payloadBytes;
    this.#listBytes += listBytes;
  }

  /** Makes the group full: the next request does not fit. */
  close(): void {
    this.#isClosed = true;
  }
}
