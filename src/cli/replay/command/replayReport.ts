import { fitIds } from '../../report/fitIds.ts';
import { Repetitions } from '../../report/repetitions.ts';
import { printable } from '../../terminal/printable.ts';
import { formatTable } from '../../terminal/table.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { describeOutcome, type ReplayResult } from '../replayResult.ts';

/** Prints the results of a replay. */
export interface ReplayReport {
  add(result: ReplayResult): void;
  /** Prints the results that are not printed yet. */
  end(): void;
}

/** The largest number of results that are listed one by one. */
const MAX_ROWS = 20;

/**
 * Prints a table of all results if there are few. If there are many, prints those that are left as
 * they occur, the first ones of each reason, and a table of counts at the end.
 */
export class TableReport implements ReplayReport {
  readonly #terminal: Terminal;
  readonly #groups = new Map<string, Group>();
  readonly #left: Repetitions;
  #rows: ReplayResult[] = [];
  #count = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.#left = new Repetitions((line) => terminal.out(`${printable(line)}\n`));
  }

  add(result: ReplayResult): void {
    this.#countGroup(result);
    this.#rows.push(result);
    if (++this.#count <= MAX_ROWS) return;
    for (const row of this.#rows) this.#printIfLeft(row);
    this.#rows = [];
  }

  end(): void {
    if (this.#count === 0) return;
    const { width } = this.#terminal;
    const isList = this.#count <= MAX_ROWS;
    this.#left.end();
    this.#terminal.out(
      isList ? formatRows(this.#rows, width) : formatGroups([...this.#groups.values()]),
    );
  }

  #countGroup({ code = '-', to = '-', outcome }: ReplayResult): void {
    const cells = [code, to, outcome.replaceAll('_', ' ')];
    const key = JSON.stringify(cells);
    const group = this.#groups.get(key) ?? { cells, count: 0 };
    group.count++;
    this.#groups.set(key, group);
  }

  #printIfLeft(result: ReplayResult): void {
    if (result.outcome !== 'left') return;
    const { position, id, code = '-', to = '-' } = result;
    const name = [position, id].filter((part) => part !== undefined).join(' ') || '-';
    const outcome = describeOutcome(result);
    this.#left.add({ name, reason: outcome }, `${name} (${code}, to ${to}) ${outcome}`);
  }
}

interface Group {
  readonly cells: readonly string[];
  count: number;
}

/** @param width in columns; undefined when the output is not a terminal */
function formatRows(results: readonly ReplayResult[], width: number | undefined): string {
  const hasPosition = results.some(({ position }) => position !== undefined);
  const rows = results.map((result) => {
    const { position = '-', id = '-', code = '-', to = '-' } = result;
    return [position, id, code, to, describeOutcome(result)].map(printable);
  });
  const table = [['line', 'envelope', 'code', 'to', 'result'], ...rows];
  const shown = hasPosition ? table : table.map((row) => row.slice(1));
  return formatTable(fitIds(shown, hasPosition ? 1 : 0, width));
}

function formatGroups(groups: readonly Group[]): string {
  const rows = groups
    .toSorted((a, b) => b.count - a.count)
    .map(({ cells, count }) => [count.toLocaleString('en'), ...cells.map(printable)]);
  return formatTable([['messages', 'code', 'to', 'result'], ...rows], ['right']);
}

/** Prints each result as one line of JSON as soon as it is known. */
export class JsonReport implements ReplayReport {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  add({ position, id, code, to, outcome: result, reason }: ReplayResult): void {
    this.#terminal.out(`${JSON.stringify({ position, id, code, to, result, reason })}\n`);
  }

  end(): void {}
}
