import { truncate } from '../../unicode.ts';
import { formatTable, widthOf } from '../terminal/table.ts';

type Rows = readonly (readonly string[])[];

/** The lengths to which ids are cut, from the longest. A UUID has 36 characters. */
const LENGTHS = [Number.POSITIVE_INFINITY, 36, 16] as const;

/**
 * Cuts the ids in a column of a table, if the table is too wide and as far as different ids stay
 * different. A cut id ends with "…"; `errors show` accepts it.
 * @param width in columns; undefined when the output is not a terminal
 */
export function fitIds(rows: Rows, column: number, width = Number.POSITIVE_INFINITY): Rows {
  const count = countIds(rows, column);
  let narrowest = rows;
  for (const length of LENGTHS) {
    const cut = rows.map((row) => row.with(column, cutId(row[column] ?? '', length)));
    if (countIds(cut, column) < count) break;
    narrowest = cut;
    if (widthOfTable(cut) <= width) break;
  }
  return narrowest;
}

function countIds(rows: Rows, column: number): number {
  return new Set(rows.map((row) => row[column])).size;
}

function cutId(id: string, length: number): string {
  return id.length <= length + 1 ? id : `${truncate(id, length)}…`;
}

function widthOfTable(rows: Rows): number {
  return formatTable(rows)
    .split('\n')
    .reduce((width, line) => Math.max(width, widthOf(line)), 0);
}
