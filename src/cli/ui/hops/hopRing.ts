import { MIB } from '../../../units.ts';
import type { HopRecord } from '../../tail/hopRecord.ts';
import type { Hop } from './contract.ts';

export interface HopRingOptions {
  /** @default 10,000 */
  readonly maxHops?: number;
  /** The largest memory of all hops, estimated from the length of their texts. @default 16 MiB */
  readonly maxBytes?: number;
}

/** The hops of a journey. */
export interface JourneyHops {
  readonly journey: string;
  /** The oldest first. */
  readonly hops: readonly Hop[];
}

const MAX_HOPS = 10_000;
const MAX_BYTES = 16 * MIB;
const MAX_BATCH_HOPS = 1_000;
const MAX_BATCH_BYTES = MIB;
/** The memory of a hop without its texts: an object of twelve members, and the list of queues. */
const HOP_BYTES = 250;

/**
 * The last hops, numbered from 1 in the order of their arrival. The oldest hops are dropped when
 * there are too many, or when they take too much memory: an id may have 16 KiB.
 */
export class HopRing {
  readonly #maxHops: number;
  readonly #maxBytes: number;
  readonly #slots: (Hop | undefined)[] = [];
  #first = 1;
  #end = 1;
  #bytes = 0;

  constructor({ maxHops = MAX_HOPS, maxBytes = MAX_BYTES }: HopRingOptions = {}) {
    this.#maxHops = maxHops;
    this.#maxBytes = maxBytes;
  }

  /** The number of the oldest hop in memory. */
  get first(): number {
    return this.#first;
  }

  /** The number that the next hop will get. */
  get end(): number {
    return this.#end;
  }

  get size(): number {
    return this.#end - this.#first;
  }

  add(record: HopRecord): Hop {
    const hop = toHop(record, this.#end);
    if (this.size === this.#maxHops) this.#dropOldest();
    this.#slots[this.#end % this.#maxHops] = hop;
    this.#end++;
    this.#bytes += bytesOf(hop);
    while (this.#bytes > this.#maxBytes && this.size > 1) this.#dropOldest();
    return hop;
  }

  /**
   * Returns hops in order, the oldest first.
   * @param from the number of the first one; hops that were dropped are left out
   */
  slice(from: number, limit: number): readonly Hop[] {
    const start = Math.max(from, this.#first);
    const hops: Hop[] = [];
    for (let number = start; number < this.#end && hops.length < limit; number++) {
      const hop = this.#slots[number % this.#maxHops];
      if (hop !== undefined) hops.push(hop);
    }
    return hops;
  }

  /**
   * Returns hops in order for one message to a reader: at most 1,000, and about 1 MiB at most.
   * @param from see `slice`
   */
  batch(from: number): readonly Hop[] {
    const hops = this.slice(from, MAX_BATCH_HOPS);
    let bytes = 0;
    const tooMany = hops.findIndex((hop) => (bytes += bytesOf(hop)) > MAX_BATCH_BYTES);
    return tooMany < 0 ? hops : hops.slice(0, Math.max(1, tooMany));
  }

  /**
   * Finds the hops of a journey, the oldest first.
   * @param id that of the journey, or of an envelope of it
   */
  ofJourney(id: string): readonly Hop[] {
    const all = this.slice(this.#first, this.size);
    const known = all.find((hop) => hop.journey === id) ?? all.findLast((hop) => hop.id === id);
    return known === undefined ? [] : all.filter(({ journey }) => journey === known.journey);
  }

  /** Returns the journeys with the newest hops, the newest first. */
  journeys(limit: number): readonly JourneyHops[] {
    const byJourney = new Map<string, Hop[]>();
    for (const hop of this.slice(this.#first, this.size).toReversed()) {
      const hops = byJourney.get(hop.journey);
      if (hops !== undefined) hops.push(hop);
      else if (byJourney.size < limit) byJourney.set(hop.journey, [hop]);
    }
    return [...byJourney].map(([journey, hops]) => ({ journey, hops: hops.toReversed() }));
  }

  #dropOldest(): void {
    const slot = this.#first % this.#maxHops;
    const hop = this.#slots[slot];
    if (hop !== undefined) this.#bytes -= bytesOf(hop);
    this.#slots[slot] = undefined;
    this.#first++;
  }
}

function toHop({ next, code, reason, ...record }: HopRecord, number: number): Hop {
  return {
    number,
    ...record,
    ...(code === undefined ? {} : { code }),
    ...(reason === undefined ? {} : { reason }),
    next: next === undefined || next === '' ? [] : next.split(','),
  };
}

/** A character takes one byte, or two if the text contains one outside of Latin-1. */
function bytesOf({ time, actor, id, journey, outcome, code, reason, next }: Hop): number {
  const texts = [time, actor, id, journey, outcome, code ?? '', reason ?? '', ...next];
  return HOP_BYTES + 2 * texts.reduce((sum, text) => sum + text.length, 0);
}
