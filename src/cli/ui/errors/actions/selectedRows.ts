import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FailedDelivery } from '../../../failures/failedForm.ts';
import type { IndexedError } from '../index/errorIndex.ts';
import type { IdentifyFailed } from '../index/messageIdentity.ts';

/** The row at which a reader that looks for these messages may stop. */
export function lastRow(errors: readonly IndexedError[]): number {
  return errors.reduce((last, { row }) => Math.max(last, row), 0);
}

interface Entry {
  /** The rows of equal messages that are not decided yet, in order. */
  readonly rows: IndexedError[];
  /** The round in which the messages were counted. */
  round: number;
  /** The number of undecided messages that have matched in this round. */
  matched: number;
}

const SLICE_ROWS = 5_000;

/**
 * The messages of an action: those of the index that the user has selected, and no others. Of equal
 * messages, as many match as were selected.
 */
export class SelectedRows {
  readonly #identify: IdentifyFailed;
  readonly #entries = new Map<string, Entry>();
  readonly #allDecided = new AbortController();
  /** Those that left the queue before. An equal message in the queue is another one. */
  readonly gone: readonly IndexedError[];
  #round = 0;
  #undecided = 0;

  private constructor(gone: readonly IndexedError[], identify: IdentifyFailed) {
    this.gone = gone;
    this.#identify = identify;
  }

  /** Other requests are answered between slices of a large selection. */
  static async of(
    errors: readonly IndexedError[],
    identify: IdentifyFailed,
  ): Promise<SelectedRows> {
    const gone: IndexedError[] = [];
    const selected = new SelectedRows(gone, identify);
    for (const [index, error] of errors.entries()) {
      if (index % SLICE_ROWS === 0) await nextTurn();
      if (error.gone === undefined) selected.#add(error);
      else gone.push(error);
    }
    return selected;
  }

  /** Aborts when all messages are decided that are not gone. */
  get allDecided(): AbortSignal {
    return this.#allDecided.signal;
  }

  /** The messages that were not found so far. */
  get undecided(): readonly IndexedError[] {
    return [...this.#entries.values()].flatMap(({ rows }) => rows);
  }

  /** Begins a round, which reads all messages that are left in the queue again. */
  startRound(): void {
    this.#round++;
  }

  /** Whether a message is selected. Must be called once for each message of a round. */
  matches(message: FailedDelivery): boolean {
    const entry = this.#entryOf(message);
    if (entry === undefined) return false;
    if (entry.round !== this.#round) {
      entry.round = this.#round;
      entry.matched = 0;
    }
    if (entry.matched >= entry.rows.length) return false;
    entry.matched++;
    return true;
  }

  /** Returns the row of a message that has matched, which is then decided. */
  decide(message: FailedDelivery): IndexedError | undefined {
    const entry = this.#entryOf(message);
    const row = entry?.rows.shift();
    if (entry === undefined || row === undefined) return undefined;
    entry.matched--;
    if (--this.#undecided === 0) this.#allDecided.abort();
    return row;
  }

  #add(error: IndexedError): void {
    this.#undecided++;
    const entry = this.#entries.get(error.identity);
    if (entry !== undefined) entry.rows.push(error);
    else this.#entries.set(error.identity, { rows: [error], round: 0, matched: 0 });
  }

  #entryOf(message: FailedDelivery): Entry | undefined {
    return this.#entries.get(this.#identify(message));
  }
}
