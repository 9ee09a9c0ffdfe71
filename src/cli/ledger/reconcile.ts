import { count, mergeArrivals, type Arrivals } from './arrivals.ts';
import { ancestryOf, childrenOf, inferFanouts, sentAncestorOf, type Fanout } from './fanouts.ts';

/** The comparison of the envelopes that were sent with those that arrived. */
export interface Reconciliation {
  /** Number of envelopes that were sent, by id. */
  readonly sent: number;
  /**
   * Number of branches that reached happy-end. A branch that reached both ends counts at both.
   */
  readonly happy: number;
  /** Number of branches that reached error-end, by fault code. */
  readonly errors: ReadonlyMap<string, number>;
  /** Number of fan-out children, the first child of each fan-out included. */
  readonly fanout: { readonly expected: number; readonly received: number };
  /** Number of fan-outs of which every child that arrived has fanned out again. */
  readonly fanoutsOfUnknownWidth: number;
  /** The ids of branches that neither arrived nor wait. */
  readonly lost: readonly string[];
  /** The ids of branches that wait in a queue, or whose ancestor does. */
  readonly stuck: readonly string[];
  /** Number of copies beyond the first, by the event that explains them. */
  readonly explained: ReadonlyMap<string, number>;
  /** The ids of copies that no event explains; one entry for each copy. */
  readonly unexplained: readonly string[];
  /** The ids of arrivals that descend from no envelope that was sent. */
  readonly strangers: readonly string[];
}

/** The records of a ledger. */
export interface LedgerRecords {
  /** How often each id was sent. */
  readonly sent: ReadonlyMap<string, number>;
  /** In order of precedence. */
  readonly arrivals: readonly Arrivals[];
  readonly fanouts: ReadonlyMap<string, Fanout>;
  /** The events that can have copied an envelope, one entry for each copy. */
  readonly possibleCopies: ReadonlyMap<string, readonly string[]>;
  readonly isWaiting: (id: string) => boolean;
}

/** Reports whether each envelope arrived exactly once, or more often for a known reason. */
export function isBalanced({ lost, stuck, unexplained, strangers }: Reconciliation): boolean {
  return lost.length + stuck.length + unexplained.length + strangers.length === 0;
}

export function reconcile(records: LedgerRecords): Reconciliation {
  const { sent, isWaiting } = records;
  const { happy, errors } = mergeArrivals(records.arrivals);
  const arrived = countByEnvelope([happy, ...errors.values()]);
  const fanouts = inferFanouts(records.fanouts, arrived.keys(), sent);
  const children = new Set([...fanouts.values()].flatMap(childrenOf));
  const missing = [...new Set([...sent.keys(), ...children])].filter((id) => !arrived.has(id));
  const isStuck = (id: string): boolean => ancestryOf(id, sent).some(isWaiting);
  return {
    sent: sent.size,
    happy: happy.size,
    errors: new Map([...errors].map(([code, byId]) => [code, byId.size])),
    fanout: {
      expected: children.size,
      received: [...children].filter((id) => arrived.has(id)).length,
    },
    fanoutsOfUnknownWidth: [...fanouts.values()].filter(({ isExact }) => !isExact).length,
    lost: missing.filter((id) => !isStuck(id)),
    stuck: missing.filter(isStuck),
    ...explainCopies(arrived, records),
    strangers: [...arrived.keys()].filter((id) => sentAncestorOf(id, sent) === undefined),
  };
}

function countByEnvelope(ends: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const end of ends) for (const [id, arrivals] of end) count(counts, id, arrivals);
  return counts;
}

function explainCopies(
  arrived: ReadonlyMap<string, number>,
  records: LedgerRecords,
): Pick<Reconciliation, 'explained' | 'unexplained'> {
  const explained = new Map<string, number>();
  const unexplained: string[] = [];
  for (const [id, arrivals] of arrived) {
    if (arrivals === 1) continue;
    const reasons = copyReasonsOf(id, records);
    for (let copy = 1; copy < arrivals; copy++) {
      const reason = reasons[copy - 1];
      if (reason === undefined) unexplained.push(id);
      else count(explained, reason);
    }
  }
  return { explained, unexplained };
}

/** An event that copied an ancestor has copied its branches too; it explains one copy of each. */
function copyReasonsOf(id: string, { sent, possibleCopies }: LedgerRecords): readonly string[] {
  return ancestryOf(id, sent).flatMap((ancestor) => possibleCopies.get(ancestor) ?? []);
}
