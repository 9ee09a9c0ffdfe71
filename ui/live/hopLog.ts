import type { Hop, HopsEvent } from '../../src/cli/ui/hops/contract.ts';
import { createMatcher, type HopFilter } from './hopFilter.ts';
import { RowRing } from './rowRing.ts';

/** A row of the list. `key` identifies it, and increases by 1 for each row. */
export type HopRow =
  | { readonly kind: 'hop'; readonly key: number; readonly hop: Hop }
  /** Hops that this page has not received. */
  | { readonly kind: 'dropped'; readonly key: number; readonly count: number }
  /** The server was started again; what happened before is unknown. */
  | { readonly kind: 'restart'; readonly key: number };

export interface HopLogOptions {
  readonly filter: HopFilter;
  /** The largest number of rows of each list. @default 1,000 */
  readonly maxRows?: number;
}

const MAX_ROWS = 1_000;

/**
 * The rows of the newest hops. It keeps the last ones, and the last ones that match the filter: a
 * rare failure stays while other hops pass.
 *
 * A pause freezes what the user reads. The page continues to receive hops.
 */
export class HopLog {
  readonly #maxRows: number;
  readonly #recent: RowRing<HopRow>;
  #matching: RowRing<HopRow>;
  #filter: HopFilter;
  #matches: (hop: Hop) => boolean;
  #frozen: Frozen | undefined;
  #server: string | undefined;
  /** The number of the newest hop of this server; undefined before the first one. */
  #last: number | undefined;
  /** Hops that the server reports as dropped, until the next hop. */
  #dropped = 0;
  #nextKey = 1;

  constructor({ filter, maxRows = MAX_ROWS }: HopLogOptions) {
    this.#maxRows = maxRows;
    this.#recent = new RowRing(maxRows);
    this.#matching = new RowRing(maxRows);
    this.#filter = filter;
    this.#matches = createMatcher(filter);
  }

  get isPaused(): boolean {
    return this.#frozen !== undefined;
  }

  /** The number of matching hops that have arrived during the pause. */
  get arrived(): number {
    return this.#frozen?.arrived ?? 0;
  }

  /** Whether a hop has arrived, matching or not. */
  get isEmpty(): boolean {
    return this.#recent.size === 0;
  }

  /** The matching rows, the newest first. */
  rows(): readonly HopRow[] {
    return (this.#frozen?.matching ?? this.#matching.toArray()).toReversed();
  }

  /** @returns the hops of the event that are new */
  add(event: HopsEvent): readonly Hop[] {
    if ('start' in event) this.#start(event.start.server);
    else if ('dropped' in event) this.#dropped += event.dropped;
    else if ('hops' in event) return event.hops.filter((hop) => this.#addHop(hop));
    return [];
  }

  /** Applies a filter to the rows in memory, and to later ones. */
  setFilter(filter: HopFilter): void {
    if (isSame(filter, this.#filter)) return;
    this.#filter = filter;
    this.#matches = createMatcher(filter);
    const known = merge(this.#matching.toArray(), this.#recent.toArray());
    this.#matching = new RowRing(this.#maxRows, known.filter(this.#isShown));
    if (this.#frozen === undefined) return;
    const { recent, matching } = this.#frozen;
    const newest = recent.at(-1)?.key ?? 0;
    this.#frozen = {
      recent,
      matching: merge(matching, recent).filter(this.#isShown).slice(-this.#maxRows),
      arrived: this.#matching.toArray().filter(({ kind, key }) => kind === 'hop' && key > newest)
        .length,
    };
  }

  pause(): void {
    this.#frozen ??= {
      recent: this.#recent.toArray(),
      matching: this.#matching.toArray(),
      arrived: 0,
    };
  }

  resume(): void {
    this.#frozen = undefined;
  }

  #start(server: string): void {
    if (this.#server !== undefined && server !== this.#server) {
      this.#addRow({ kind: 'restart', key: this.#nextKey++ });
      this.#last = undefined;
    }
    this.#server = server;
  }

  /** @returns false for a hop that was received before */
  #addHop(hop: Hop): boolean {
    const last = this.#last ?? hop.number - 1;
    if (hop.number <= last) return false;
    // The numbers have a gap if this server has dropped hops, or does not have them any more.
    const count = Math.max(hop.number - last - 1, this.#dropped);
    if (count > 0) this.#addRow({ kind: 'dropped', key: this.#nextKey++, count });
    this.#dropped = 0;
    this.#last = hop.number;
    this.#addRow({ kind: 'hop', key: this.#nextKey++, hop });
    return true;
  }

  #addRow(row: HopRow): void {
    this.#recent.add(row);
    if (!this.#isShown(row)) return;
    this.#matching.add(row);
    if (row.kind === 'hop' && this.#frozen !== undefined) this.#frozen.arrived++;
  }

  readonly #isShown = (row: HopRow): boolean => row.kind !== 'hop' || this.#matches(row.hop);
}

/** What was known when a pause began. */
interface Frozen {
  readonly recent: readonly HopRow[];
  readonly matching: readonly HopRow[];
  arrived: number;
}

/** Merges two lists in the order of their keys. */
function merge(a: readonly HopRow[], b: readonly HopRow[]): readonly HopRow[] {
  const byKey = new Map([...a, ...b].map((row) => [row.key, row]));
  return [...byKey.values()].toSorted((one, other) => one.key - other.key);
}

function isSame(a: HopFilter, b: HopFilter): boolean {
  return a.actor === b.actor && a.outcome === b.outcome && a.id === b.id;
}
