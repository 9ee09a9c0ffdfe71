import { payloadOf } from '../../envelope/envelope.ts';
import { LinkedList } from '../../linkedList.ts';
import type { Request } from '../runtime.ts';

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

/** A batch that gathers, in the order of arrival. */
export interface Group<M> {
  readonly members: readonly M[];
  /** Whether no further request fits. */
  readonly isFull: boolean;
  /** When its first member arrived. */
  readonly sinceMs: number;
}

/** Divides requests into groups in the order of their arrival. */
export class Gathering<M extends { readonly request: Request }> {
  readonly #limits: BatchLimits;
  readonly #list: BatchList | undefined;
  readonly #groups = new LinkedList<GrowingGroup<M>>();
  /** The last group, while it has room. */
  #open: GrowingGroup<M> | undefined;

  constructor(limits: BatchLimits, list?: BatchList) {
    this.#limits = limits;
    this.#list = list;
  }

  get first(): Group<M> | undefined {
    return this.#groups.first;
  }

  add(member: M, nowMs: number): void {
    const payloadBytes = payloadOf(member.request.envelope).length;
    const listBytes = this.#list?.sizeOf(member.request) ?? 0;
    let group = this.#open;
    if (group?.hasRoom(payloadBytes, listBytes) !== true) {
      group?.close();
      group = new GrowingGroup(nowMs, this.#limits, this.#list?.maxBytes ?? 0);
      this.#groups.add(group);
    }
    group.add(member, payloadBytes, listBytes);
    this.#open = group.isFull ? undefined : group;
  }

  /** Removes the first group. */
  shift(): Group<M> | undefined {
    const group = this.#groups.shift();
    if (group === this.#open) this.#open = undefined;
    return group;
  }
}

class GrowingGroup<M> implements Group<M> {
  readonly members: M[] = [];
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
    return this.#isClosed || this.members.length >= size || this.#payloadBytes >= maxBytes;
  }

  hasRoom(payloadBytes: number, listBytes: number): boolean {
    return (
      this.#payloadBytes + payloadBytes <= this.#limits.maxBytes &&
      this.#listBytes + listBytes <= this.#maxListBytes
    );
  }

  add(member: M, payloadBytes: number, listBytes: number): void {
    this.members.push(member);
    this.#payloadBytes += payloadBytes;
    this.#listBytes += listBytes;
  }

  /** Makes the group full: the next request does not fit. */
  close(): void {
    this.#isClosed = true;
  }
}
