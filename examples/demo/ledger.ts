/**
 * The demo's books: what was sent, and what really arrived at the ends. Nothing here is reckoned from what should
 * have happened: an envelope that was sent is lost until an end has it.
 */
export interface Ledger {
  send(entry: Sent): void;
  arrive(arrival: Arrival): void;
  /** What is known to come, and what of it has come. It grows when the first of a fan-out arrives. */
  progress(): { readonly expected: number; readonly arrived: number };
  /** One line for each kind, in the order in which they were first sent. */
  summary(): Summary[];
}

export interface Sent {
  readonly id: string;
  readonly kind: string;
  readonly end: End;
}

export type End = 'happy-end' | 'error-end';

/** An envelope that an end received. */
export interface Arrival {
  readonly end: End;
  readonly id: string;
  /** `x-asya-fanout` of the envelope, when it comes from a fan-out. */
  readonly fanout: { readonly of: string; readonly total: number; readonly hop: number } | undefined;
}

export interface Summary {
  readonly kind: string;
  readonly sent: number;
  readonly happy: number;
  readonly error: number;
  /** How many envelopes came of the fan-outs beside those that were sent. */
  readonly fannedOut: number;
  /** Sent or fanned out, and never received. */
  readonly lost: number;
  /** Received again. */
  readonly duplicates: number;
  /** Received at the other end than the one that the kind is made for, or never sent at all. */
  readonly astray: number;
}

export function createLedger(): Ledger {
  const expected = new Map<string, Sent>();
  const kinds = new Map<string, Tally>();
  const arrivals = new Map<string, End[]>();

  const tallyOf = (kind: string): Tally => {
    const tally = kinds.get(kind) ?? { sent: 0, fannedOut: 0, unknown: 0 };
    kinds.set(kind, tally);
    return tally;
  };

  function expectSiblings({ of, total, hop }: NonNullable<Arrival['fanout']>): void {
    const parent = expected.get(of);
    if (parent === undefined) return;
    for (let index = 1; index < total; index++) {
      const id = `${of}.${hop}.${index}`;
      if (expected.has(id)) continue;
      expected.set(id, { ...parent, id });
      tallyOf(parent.kind).fannedOut++;
    }
  }

  return {
    send(entry) {
      expected.set(entry.id, entry);
      tallyOf(entry.kind).sent++;
    },

    arrive({ id, end, fanout }) {
      if (fanout !== undefined) expectSiblings(fanout);
      arrivals.set(id, [...(arrivals.get(id) ?? []), end]);
      if (!expected.has(id)) tallyOf('unknown').unknown++;
    },

    progress() {
      const arrived = [...arrivals.keys()].filter((id) => expected.has(id)).length;
      return { expected: expected.size, arrived };
    },

    summary: () =>
      [...kinds].map(([kind, tally]) => summarise(kind, tally, [...expected.values()], arrivals)),
  };
}

interface Tally {
  sent: number;
  fannedOut: number;
  unknown: number;
}

function summarise(
  kind: string,
  { sent, fannedOut, unknown }: Tally,
  expected: readonly Sent[],
  arrivals: ReadonlyMap<string, readonly End[]>,
): Summary {
  const own = expected
    .filter((entry) => entry.kind === kind)
    .map((entry) => ({ end: entry.end, ends: arrivals.get(entry.id) ?? [] }));
  const reached = (end: End): number => own.filter(({ ends }) => ends.includes(end)).length;
  return {
    kind,
    sent,
    fannedOut,
    happy: reached('happy-end'),
    error: reached('error-end'),
    lost: own.filter(({ ends }) => ends.length === 0).length,
    duplicates: own.reduce((sum, { ends }) => sum + Math.max(0, ends.length - 1), 0),
    astray: unknown + own.filter(({ end, ends }) => ends.some((reached) => reached !== end)).length,
  };
}

export function addUp(summaries: readonly Summary[]): Summary {
  const sum = (column: Exclude<keyof Summary, 'kind'>): number =>
    summaries.reduce((total, summary) => total + summary[column], 0);
  return {
    kind: 'total',
    sent: sum('sent'),
    happy: sum('happy'),
    error: sum('error'),
    fannedOut: sum('fannedOut'),
    lost: sum('lost'),
    duplicates: sum('duplicates'),
    astray: sum('astray'),
  };
}
