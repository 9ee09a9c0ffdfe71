import { printable } from '../terminal/printable.ts';
import { formatTable } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { describeOutcome, type ReplayResult } from './replayResult.ts';

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
 * they occur, and a table of counts at the end.
 */
export class TableReport implements ReplayReport {
  readonly #terminal: Terminal;
  readonly #groups = new Map<string, Group>();
  #rows: ReplayResult[] = [];
  #count = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
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
    const isList = this.#count <= MAX_ROWS;
    this.#terminal.out(isList ? formatRows(this.#rows) : formatGroups([...this.#groups.values()]));
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
    this.#terminal.out(`${printable(`${name} (${code}, to ${to}) ${describeOutcome(result)}`)}\n`);
  }
}

interface Group {
  readonly cells: readonly string[];
  count: number;
}

function formatRows(results: readonly ReplayResult[]): string {
  const hasPosition = results.some(({ position }) => position !== undefined);
  const rows = results.map((result) => {
    const { position = '-', id = '-', code = '-', to = '-' } = result;
    return [position, id, code, to, describeOutcome(result)].map(printable);
  });
  const table = [['line', 'envelope', 'code', 'to', 'result'], ...rows];
  return formatTable(hasPosition ? table : table.map((row) => row.slice(1)));
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
