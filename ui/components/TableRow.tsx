import type { Column } from './column.ts';

export interface TableRowProps<Row> {
  readonly row: Row;
  readonly index: number;
  readonly columns: readonly Column<Row>[];
  /** Opens the row: a click, Enter. */
  readonly onOpen: ((row: Row) => void) | undefined;
  readonly isCurrent: boolean;
  /** Whether the Tab key reaches this row; one row of a table at most. */
  readonly isTabStop: boolean;
}

export function TableRow<Row>(props: TableRowProps<Row>) {
  const { row, index, columns, onOpen, isCurrent, isTabStop } = props;
  const openByClick = (event: MouseEvent): void => {
    if (isOnControl(event)) return;
    event.preventDefault();
    onOpen?.(row);
  };
  const openByKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.target !== event.currentTarget) return;
    event.preventDefault();
    onOpen?.(row);
  };
  const canOpen = onOpen !== undefined;
  return (
    <tr
      data-index={index}
      data-open={canOpen ? true : undefined}
      tabIndex={canOpen ? (isTabStop ? 0 : -1) : undefined}
      aria-current={isCurrent ? 'true' : undefined}
      onClick={canOpen ? openByClick : undefined}
      onKeyDown={canOpen ? openByKey : undefined}
    >
      {columns.map((column) => (
        <td key={column.title} class={column.class} data-align={column.align}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}

/** A link or a control in a cell acts on its own, except for a plain click on the row's link. */
function isOnControl({ target, ctrlKey, metaKey, shiftKey }: MouseEvent): boolean {
  const control =
    target instanceof Element ? target.closest('a, button, input, label, select') : null;
  if (control === null) return false;
  return !control.classList.contains('row-link') || ctrlKey || metaKey || shiftKey;
}
