import { Ledger } from '../../src/cli/ledger/ledger.ts';
import { faultCodeOf, readReceived } from '../../src/cli/ledger/readMessage.ts';
import type { DemoEnvelope, End } from './scenarios.ts';

/** The counts of one scenario. */
export interface Row {
  readonly scenario: string;
  readonly sent: number;
  /** Number of envelopes that fan-outs created, in addition to those that were sent. */
  readonly fannedOut: number;
  readonly happy: number;
  readonly error: number;
  readonly lost: number;
  readonly duplicates: number;
  /** Number of arrivals at the wrong end, or of envelopes that were never sent. */
  readonly unexpected: number;
}

const NEVER_SENT = 'never sent';

/**
 * Counts the envelopes that were sent and those that the ends received, with a ledger for each
 * scenario.
 */
export class Tally {
  readonly #scenarios = new Map<string, { readonly ledger: Ledger; readonly end: End }>();
  readonly #scenarioOf = new Map<string, string>();

  recordSent({ id, scenario, end }: DemoEnvelope): void {
    this.#scenarioOf.set(id, scenario);
    this.#ledgerOf(scenario, end).recordSent({ id, fanout: undefined });
  }

  /** @param end the end that received the envelope */
  recordArrival(end: End, body: Buffer): void {
    const envelope = readReceived(body);
    const scenario = this.#scenarioOf.get(sentIdOf(envelope.id)) ?? NEVER_SENT;
    const code = end === 'error-end' ? faultCodeOf({ body }) : undefined;
    this.#ledgerOf(scenario, end).recordArrival(envelope, code);
  }

  /** Returns a row for each scenario, in the order in which they were first sent. */
  rows(): Row[] {
    return [...this.#scenarios].map(([scenario, { ledger, end }]) => rowOf(scenario, ledger, end));
  }

  #ledgerOf(scenario: string, end: End): Ledger {
    const known = this.#scenarios.get(scenario) ?? { ledger: new Ledger(), end };
    this.#scenarios.set(scenario, known);
    return known.ledger;
  }
}

export function addUp(rows: readonly Row[]): Row {
  const sum = (column: Exclude<keyof Row, 'scenario'>): number =>
    rows.reduce((total, row) => total + row[column], 0);
  return {
    scenario: 'total',
    sent: sum('sent'),
    fannedOut: sum('fannedOut'),
    happy: sum('happy'),
    error: sum('error'),
    lost: sum('lost'),
    duplicates: sum('duplicates'),
    unexpected: sum('unexpected'),
  };
}

function rowOf(scenario: string, ledger: Ledger, end: End): Row {
  const { sent, happy, errors, lost, explained, unexplained, strangers } = ledger.reconcile();
  const error = sumOf(errors.values());
  return {
    scenario,
    sent,
    fannedOut: happy + error + lost.length - sent - strangers.length,
    happy,
    error,
    lost: lost.length,
    duplicates: sumOf(explained.values()) + unexplained.length,
    unexpected: (end === 'happy-end' ? error : happy) + strangers.length,
  };
}

/** The id of the envelope that was sent, without the suffixes of fan-outs. */
function sentIdOf(id: string): string {
  return id.replace(/(?:\.\d+\.\d+)+$/, '');
}

function sumOf(counts: Iterable<number>): number {
  return [...counts].reduce((total, count) => total + count, 0);
}
