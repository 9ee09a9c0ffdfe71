import { count, createArrivals, enter, mergeArrivals, type Arrivals } from './arrivals.ts';
import {
  childrenOf,
  completeFanouts,
  lineageOf,
  noteFanout,
  rootOf,
  type Fanout,
  type FanoutMark,
} from './fanouts.ts';

/**
 * The books of a pipeline: what producers had confirmed against what the ends received.
 *
 * An envelope that fans out becomes several, each with an id of its own; the first child keeps the
 * parent's. So the branches of a journey are told apart by their ids alone, and each must reach an
 * end:
 *
 *   env-1 ── hop 1 ─┬─ env-1        index 0 keeps the id
 *                   ├─ env-1.1.1    <parent's id>.<parent's hops>.<index>
 *                   └─ env-1.1.2 ── hop 3 ─┬─ env-1.1.2
 *                                          └─ env-1.1.2.3.1
 *
 * Which children there must be is known from `x-asya-fanout` of those that arrived. It tells the
 * newest fan-out only, so where children fan out again, the logs of the sidecars must tell of the
 * older ones.
 */
export interface Ledger {
  /** A producer has this envelope confirmed. */
  sent(entry: Entry): void;
  /**
   * An end has received it. Sources do not add up: each may have seen the same arrivals.
   * @param code why, at error-end
   */
  arrived(entry: Entry, code?: string, source?: Source): void;
  /**
   * A log says why it is at error-end, before it says that it arrived there with `UNKNOWN_CODE`.
   */
  failed(id: string, code: string): void;
  /** It is in the queue or a retry queue of an actor. */
  waiting(entry: Entry): void;
  /**
   * What a sidecar's log says about a hop of the envelope: whether it waits for another attempt
   * after it.
   */
  handled(id: string, atMs: number, waits: boolean): void;
  /** A sidecar has fanned out an envelope. */
  fannedOut(fanout: FanoutMark): void;
  /**
   * Something happened to the envelope of this id after which there may be so many more copies of
   * it.
   */
  mayRepeat(id: string, why: string, copies?: number): void;
  account(): Account;
}

/**
 * Where an arrival at an end is known from: what the end received or holds, a sidecar's log, or the
 * queue of what error-end has parked.
 */
export type Source = (typeof SOURCES)[number];

/** Where several know as much of an envelope, the first one counts. */
const SOURCES = ['end', 'parked', 'log'] as const;

/** The code of what error-end has received, where a log does not have it. */
export const UNKNOWN_CODE = 'code not logged';

/** What the books need of an envelope. */
export interface Entry {
  readonly id: string;
  /** The fan-out whose child it is, or descends from. */
  readonly fanout: FanoutMark | undefined;
}

export interface Account {
  /** Envelopes that were sent, by id. */
  readonly sent: number;
  /**
   * Branches that reached happy-end, and error-end by code; one that reached both counts at both.
   */
  readonly happy: number;
  readonly errors: ReadonlyMap<string, number>;
  /** Branches that come of fan-outs, the first child's among them. */
  readonly fanout: { readonly expected: number; readonly received: number };
  /** Fan-outs of which nobody tells the width, as each child that arrived has fanned out again. */
  readonly fanoutsOfUnknownWidth: number;
  /** Branches that are nowhere, by id. */
  readonly lost: readonly string[];
  /** Branches that still stand in a queue, or wait for an envelope that does. */
  readonly stuck: readonly string[];
  /** Copies beyond the first, by what explains them. */
  readonly explained: ReadonlyMap<string, number>;
  /** The ids of copies that nothing explains, once for each. */
  readonly unexplained: readonly string[];
  /** What arrived and was never sent, by id. */
  readonly strangers: readonly string[];
}

/** True when every envelope is accounted for, and nothing happened that cannot be explained. */
export function isBalanced({ lost, stuck, unexplained, strangers }: Account): boolean {
  return lost.length + stuck.length + unexplained.length + strangers.length === 0;
}

// Far beyond what is delivered again before it goes to error-end.
const MAX_COPIES = 1_000;

export function createLedger(): Ledger {
  const sent = new Map<string, number>();
  const sources = new Map<Source, Arrivals>();
  const codes = new Map<string, string>();
  const waiting = new Set<string>();
  const handled = new Map<string, { readonly atMs: number; readonly waits: boolean }>();
  const fanouts = new Map<string, Fanout>();
  const repeats = new Map<string, string[]>();

  function arrived({ id, fanout }: Entry, code?: string, source: Source = 'end'): void {
    if (fanout !== undefined) noteFanout(fanouts, fanout);
    const arrivals = sources.get(source) ?? createArrivals();
    sources.set(source, arrivals);
    enter(arrivals, id, code === UNKNOWN_CODE ? (codes.get(id) ?? code) : code);
  }

  function mayRepeat(id: string, why: string, copies = 1): void {
    const reasons = Array.from({ length: Math.min(copies, MAX_COPIES) }, () => why);
    repeats.set(id, [...(repeats.get(id) ?? []), ...reasons]);
  }

  function account(): Account {
    const { happy, errors } = mergeArrivals(SOURCES.flatMap((source) => sources.get(source) ?? []));
    const copies = new Map<string, number>();
    for (const ends of [happy, ...errors.values()]) {
      for (const [id, arrivals] of ends) copies.set(id, (copies.get(id) ?? 0) + arrivals);
    }
    const strangers = [...copies.keys()].filter((id) => rootOf(id, sent) === undefined);
    const known = completeFanouts(fanouts, copies.keys(), sent);
    const children = new Set([...known.values()].flatMap(childrenOf));
    const missing = [...new Set([...sent.keys(), ...children])].filter((id) => !copies.has(id));
    const waits = (id: string): boolean => waiting.has(id) || handled.get(id)?.waits === true;
    const stands = (id: string): boolean => lineageOf(id, sent).some(waits);
    return {
      sent: sent.size,
      happy: happy.size,
      errors: new Map([...errors].map(([code, byId]) => [code, byId.size])),
      fanout: {
        expected: children.size,
        received: [...children].filter((id) => copies.has(id)).length,
      },
      fanoutsOfUnknownWidth: [...known.values()].filter(({ isExact }) => !isExact).length,
      lost: missing.filter((id) => !stands(id)),
      stuck: missing.filter(stands),
      ...explain(copies, (id) => reasonsFor(id, sent, repeats)),
      strangers,
    };
  }

  return {
    sent: ({ id }) => {
      count(sent, id);
      if ((sent.get(id) ?? 0) > 1) mayRepeat(id, 'sent more than once');
    },
    arrived,
    failed: (id, code) => void codes.set(id, code),
    waiting: ({ id }) => void waiting.add(id),
    handled(id, atMs, waits) {
      const latest = handled.get(id);
      if (latest === undefined || latest.atMs <= atMs) handled.set(id, { atMs, waits });
    },
    fannedOut: (fanout) => noteFanout(fanouts, fanout),
    mayRepeat,
    account,
  };
}

/** Whatever doubled an ancestor has doubled the branch; each event makes one copy at most. */
function reasonsFor(
  id: string,
  sent: ReadonlyMap<string, number>,
  repeats: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  return lineageOf(id, sent).flatMap((ancestor) => repeats.get(ancestor) ?? []);
}

function explain(
  copies: ReadonlyMap<string, number>,
  reasonsOf: (id: string) => readonly string[],
): Pick<Account, 'explained' | 'unexplained'> {
  const explained = new Map<string, number>();
  const unexplained: string[] = [];
  for (const [id, arrivals] of copies) {
    if (arrivals === 1) continue;
    const reasons = reasonsOf(id);
    for (let copy = 1; copy < arrivals; copy++) {
      const reason = reasons[copy - 1];
      if (reason === undefined) unexplained.push(id);
      else count(explained, reason);
    }
  }
  return { explained, unexplained };
}
