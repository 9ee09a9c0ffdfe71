/** An actor of a route that is being edited. `key` stays the same when the row is moved. */
export interface RouteRow {
  readonly key: number;
  readonly name: string;
}

/** The rows of a route; at least one. */
export type RouteRows = readonly RouteRow[];

export function createRows(names: readonly string[]): RouteRows {
  const some = names.length === 0 ? [''] : names;
  return some.map((name, key) => ({ key, name }));
}

/** Adds an empty row below a row. */
export function addRow(rows: RouteRows, below: number): RouteRows {
  const key = 1 + Math.max(...rows.map((row) => row.key));
  return rows.toSpliced(below + 1, 0, { key, name: '' });
}

/** Removes a row. The last remaining row is emptied instead. */
export function removeRow(rows: RouteRows, index: number): RouteRows {
  return rows.length === 1 ? renameRow(rows, index, '') : rows.toSpliced(index, 1);
}

export function renameRow(rows: RouteRows, index: number, name: string): RouteRows {
  return rows.map((row, at) => (at === index ? { ...row, name } : row));
}

/** Moves a row by one place; at the end of the list, nothing changes. */
export function moveRow(rows: RouteRows, index: number, by: 1 | -1): RouteRows {
  const row = rows[index];
  const target = index + by;
  if (row === undefined || target < 0 || target >= rows.length) return rows;
  return rows.toSpliced(index, 1).toSpliced(target, 0, row);
}

/** The names of a route, without empty rows at its end. */
export function namesOf(rows: RouteRows): readonly string[] {
  const names = rows.map(({ name }) => name.trim());
  const last = names.findLastIndex((name) => name !== '');
  return names.slice(0, last + 1);
}
