import { useState } from 'preact/hooks';
import { nextSorting, sortRows, type Column, type Sorting } from './column.ts';
import { ColumnHeads } from './ColumnHeads.tsx';
import { rowAfterKey } from './rowKeys.ts';
import { TableRow } from './TableRow.tsx';
import { hasModifier } from './usePageKeys.ts';

export interface TableProps<Row> {
  /** The name of the table for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string | number;
  /** Opens a row: a click, or Enter. The arrow keys move between the rows. */
  readonly onOpen?: (row: Row) => void;
  /** The key of the row that is open. */
  readonly currentKey?: string | number | undefined;
}

/** A table of at most some hundred rows. */
export function Table<Row>(props: TableProps<Row>) {
  const { label, columns, rows, rowKey, onOpen, currentKey } = props;
  const [sorting, setSorting] = useState<Sorting>();
  const sorted = sortRows(rows, columns, sorting);
  // By its key, because new rows may appear above it.
  const [focused, setFocused] = useState<string | number>();
  const tabStop = Math.max(
    sorted.findIndex((row) => rowKey(row) === focused),
    0,
  );
  const keyAt = (index = -1): string | number | undefined => {
    const row = sorted[index];
    return row === undefined ? undefined : rowKey(row);
  };
  const move = (event: KeyboardEvent): void => {
    const target = rowAfterKey(event.key, tabStop, { count: sorted.length, page: PAGE });
    if (target === undefined || hasModifier(event) || !isOnRow(event.target)) return;
    event.preventDefault();
    focusRow(event.currentTarget, target);
  };
  return (
    <div class="table-box">
      <table
        class="table"
        aria-label={label}
        onKeyDown={onOpen === undefined ? undefined : move}
        onFocusIn={(event) => setFocused(keyAt(indexOfRow(event.target)) ?? focused)}
      >
        <ColumnHeads
          {...{ columns, sorting }}
          onSort={(title) => setSorting((last) => nextSorting(last, title))}
        />
        <tbody>
          {sorted.map((row, index) => (
            <TableRow
              key={rowKey(row)}
              {...{ row, index, columns, onOpen }}
              isCurrent={currentKey !== undefined && rowKey(row) === currentKey}
              isTabStop={index === tabStop}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const PAGE = 20;

function isOnRow(target: EventTarget | null): boolean {
  return target instanceof HTMLTableRowElement;
}

function indexOfRow(target: EventTarget | null): number | undefined {
  const row = target instanceof Element ? target.closest('tr[data-index]') : null;
  return row instanceof HTMLElement ? Number(row.dataset['index']) : undefined;
}

function focusRow(table: EventTarget | null, index: number): void {
  if (!(table instanceof Element)) return;
  table.querySelector<HTMLElement>(`tr[data-index="${index}"]`)?.focus();
}
