import type { ComponentChildren } from 'preact';

/** A column of a table. */
export interface Column<Row> {
  /** The text of the head; unique in its table. */
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Numbers stand at the end. @default start */
  readonly align?: 'start' | 'end';
  /** Orders rows by this column; without it, the column cannot be sorted. */
  readonly compare?: (a: Row, b: Row) => number;
  /** The class of the cells, for their width; a narrow column hides itself on phones. */
  readonly class?: string;
}

export interface Sorting {
  readonly title: string;
  readonly isDescending: boolean;
}

/** The sorting after a click on the head of a column: ascending, descending, as given. */
export function nextSorting(sorting: Sorting | undefined, title: string): Sorting | undefined {
  if (sorting?.title !== title) return { title, isDescending: false };
  return sorting.isDescending ? undefined : { title, isDescending: true };
}

/** Rows that compare as equal keep their order. */
export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sorting: Sorting | undefined,
): readonly Row[] {
  const compare = columns.find(({ title }) => title === sorting?.title)?.compare;
  if (compare === undefined) return rows;
  const sign = sorting?.isDescending === true ? -1 : 1;
  return rows.toSorted((a, b) => sign * compare(a, b));
}
