import type { ErrorRow } from '../../../src/cli/ui/errors/contract.ts';

/** The messages that the user has selected: some rows, or all that match the filter. */
export type RowSelection =
  | {
      readonly kind: 'rows';
      readonly rows: ReadonlyMap<number, ErrorRow>;
      /** The row that was changed last, from which a range extends. */
      readonly anchor: number | undefined;
    }
  | { readonly kind: 'matching' };

export const NO_ROWS: RowSelection = { kind: 'rows', rows: new Map(), anchor: undefined };

export function isRowSelected(selection: RowSelection, row: ErrorRow): boolean {
  return isSelectable(row) && (selection.kind === 'matching' || selection.rows.has(row.row));
}

/** A message that is not in the queue any more cannot be selected. */
export function isSelectable({ gone }: ErrorRow): boolean {
  return gone === undefined;
}

/**
 * Selects a row, or deselects it. With `isRange`, all rows of the page from the anchor to this one
 * get the same state. Without a row of a selection of all, those of the page remain.
 */
export function toggleRow(
  selection: RowSelection,
  row: ErrorRow,
  page: readonly ErrorRow[],
  isRange = false,
): RowSelection {
  const isAdded = !isRowSelected(selection, row);
  const rows = new Map(
    selection.kind === 'rows' ? selection.rows : page.filter(isSelectable).map(withNumber),
  );
  const anchor = selection.kind === 'rows' && isRange ? selection.anchor : undefined;
  for (const each of rangeOf(page, anchor ?? row.row, row)) {
    if (!isAdded) rows.delete(each.row);
    else if (isSelectable(each)) rows.set(each.row, each);
  }
  return { kind: 'rows', rows, anchor: row.row };
}

/** Selects all rows of a page, or deselects them if all of them are selected. */
export function togglePage(selection: RowSelection, page: readonly ErrorRow[]): RowSelection {
  if (selection.kind === 'matching') return NO_ROWS;
  const rows = new Map(selection.rows);
  const isAdded = pageState(selection, page) !== 'all';
  for (const row of page.filter(isSelectable)) {
    if (isAdded) rows.set(row.row, row);
    else rows.delete(row.row);
  }
  return { kind: 'rows', rows, anchor: undefined };
}

export function pageState(
  selection: RowSelection,
  page: readonly ErrorRow[],
): 'none' | 'some' | 'all' {
  const selectable = page.filter(isSelectable);
  const count = selectable.filter((row) => isRowSelected(selection, row)).length;
  if (count === 0) return 'none';
  return count === selectable.length ? 'all' : 'some';
}

/** The rows of the page between two rows, in either order; `to` alone if `from` is elsewhere. */
function rangeOf(page: readonly ErrorRow[], from: number, to: ErrorRow): readonly ErrorRow[] {
  const start = page.findIndex(({ row }) => row === from);
  const end = page.findIndex(({ row }) => row === to.row);
  if (start < 0 || end < 0) return [to];
  return page.slice(Math.min(start, end), Math.max(start, end) + 1);
}

function withNumber(row: ErrorRow): [number, ErrorRow] {
  return [row.row, row];
}
