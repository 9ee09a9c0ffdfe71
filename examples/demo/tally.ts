import { Ledger } from '../../src/cli/ledger/ledger.ts';
import { readReceived, faultCodeOf } from '../../src/cli/ledger/readMessage.ts';
import type { DemoEnvelope } from './scenarios.ts';

/**
 * The demo's books, one ledger for each kind of envelope: what was sent, and what really arrived at
 * the ends. Nothing in them is reckoned from what should have happened.
 */
export interface Tally {
  sent(parcel: DemoEnvelope): void;
  /** An end has received these bytes. */
  arrived(end: End, body: Buffer): void;
  /** A row for each kind, in the order in which they were first sent. */
  rows(): Row[];
}

export type End = 'happy-end' | 'error-end';

export interface Row {
  readonly kind: string;
  readonly sent: number;
  /** Envelopes that came of fan-outs, beside those that were sent. */
  readonly fannedOut: number;
  readonly happy: number;
  readonly error: number;
  readonly lost: number;
  readonly duplicates: number;
  /** At the other end than the one that the kind is made for, or never sent. */
  readonly astray: number;
}

const STRANGERS = 'never sent';

export function createTally(): Tally {
  const kinds = new Map<string, { readonly ledger: Ledger; readonly end: End }>();
  const kindOf = new Map<string, string>();

  function ledgerOf(kind: string, end: End): Ledger {
    const known = kinds.get(kind) ?? { ledger: new Ledger(), end };
    kinds.set(kind, known);
    return known.ledger;
  }

  return {
    sent({ id, kind, end }) {
      kindOf.set(id, kind);
      ledgerOf(kind, end).recordSent({ id, fanout: undefined });
    },
    arrived(end, body) {
      const entry = readReceived(body);
      const kind = kindOf.get(rootOf(entry.id)) ?? STRANGERS;
      ledgerOf(kind, end).recordArrival(
        entry,
        end === 'error-end' ? faultCodeOf({ body }) : undefined,
      );
    },
    rows: () => [...kinds].map(([kind, { ledger, end }]) => rowOf(kind, ledger, end)),
  };
}

export function addUp(rows: readonly Row[]): Row {
  const sum = (column: Exclude<keyof Row, 'kind'>): number =>
    rows.reduce((total, row) => total + row[column], 0);
  return {
    kind: 'total',
    sent: sum('sent'),
    fannedOut: sum('fannedOut'),
    happy: sum('happy'),
    error: sum('error'),
    lost: sum('lost'),
    duplicates: sum('duplicates'),
    astray: sum('astray'),
  };
}

function rowOf(kind: string, ledger: Ledger, end: End): Row {
  const { sent, happy, errors, lost, explained, unexplained, strangers } = ledger.reconcile();
  const error = sumOf(errors.values());
  return {
    kind,
    sent,
    fannedOut: happy + error + lost.length - sent - strangers.length,
    happy,
    error,
    lost: lost.length,
    duplicates: sumOf(explained.values()) + unexplained.length,
    astray: (end === 'happy-end' ? error : happy) + strangers.length,
  };
}

/** The id of the envelope that was sent, of which this one came by fan-outs. */
function rootOf(id: string): string {
  return id.replace(/(?:\.\d+\.\d+)+$/, '');
}

function sumOf(counts: Iterable<number>): number {
  return [...counts].reduce((total, count) => total + count, 0);
}
