import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Column } from './column.ts';
import { ColumnHeads } from './ColumnHeads.tsx';
import { rowAfterKey } from './rowKeys.ts';
import { scrollToRow, windowOf, type Scroll } from './rowWindow.ts';
import { TableRow } from './TableRow.tsx';

/** Pixels; the height of a row in `components.css`. */
const ROW_HEIGHT = 32;

export interface WindowedTableProps<Row> {
  /** The name of the table for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly count: number;
  /** Changes when the rows are others than before: `onShow` is called again. */
  readonly version?: string | number;
  /** Returns a row, or undefined while it is loading. */
  readonly rowAt: (index: number) => Row | undefined;
  /** Called with the rows that are shown; `RowPages.show` loads them. */
  readonly onShow?: (first: number, end: number) => void;
  /** Opens a row: a click, or Enter. The arrow keys move between the rows. */
  readonly onOpen?: (row: Row) => void;
  /** The index of the row that is open. */
  readonly currentIndex?: number | undefined;
}

/**
 * A table of any length, of which only the visible rows are rendered. It fills the height of its
 * container. All rows have the same height; long texts are cut with an ellipsis.
 */
export function WindowedTable<Row>(props: WindowedTableProps<Row>) {
  const { label, columns, count, version, rowAt, onShow, onOpen, currentIndex } = props;
  const box = useRef<HTMLDivElement>(null);
  const scroll = useScroll(box);
  const [focused, setFocused] = useState(0);
  const { first, end } = windowOf(scroll, ROW_HEIGHT, count);
  const latestOnShow = useRef(onShow);
  latestOnShow.current = onShow;
  useEffect(() => {
    if (count > 0) latestOnShow.current?.(first, end);
  }, [first, end, count, version]);
  const tabStop = Math.min(Math.max(focused, first), Math.max(end - 1, 0));
  const move = useRowFocus(box, scroll, { tabStop, count, setFocused });
  const indexes = Array.from({ length: Math.max(0, end - first) }, (_, offset) => first + offset);
  return (
    <div ref={box} class="table-box table-window">
      <table
        class="table"
        aria-label={label}
        aria-rowcount={count + 1}
        onKeyDown={onOpen === undefined ? undefined : move}
      >
        <ColumnHeads columns={columns} />
        <tbody>
          <Gap rows={first} columns={columns.length} />
          {indexes.map((index) => {
            const row = rowAt(index);
            if (row === undefined) return <LoadingRow key={index} columns={columns.length} />;
            return (
              <TableRow
                key={index}
                {...{ row, index, columns, onOpen }}
                isCurrent={index === currentIndex}
                isTabStop={index === tabStop}
                ariaRowIndex={index + 2}
              />
            );
          })}
          <Gap rows={count - end} columns={columns.length} />
        </tbody>
      </table>
    </div>
  );
}

/** Stands for rows that are not rendered. */
function Gap({ rows, columns }: { readonly rows: number; readonly columns: number }) {
  if (rows <= 0) return null;
  return (
    <tr aria-hidden="true" class="table-gap">
      <td colSpan={columns} style={{ height: `${rows * ROW_HEIGHT}px` }} />
    </tr>
  );
}

function LoadingRow({ columns }: { readonly columns: number }) {
  return (
    <tr aria-hidden="true">
      <td colSpan={columns} class="hint">
        …
      </td>
    </tr>
  );
}

interface Ref<Value> {
  readonly current: Value | null;
}

function useScroll(box: Ref<HTMLElement>): Scroll {
  const [scroll, setScroll] = useState<Scroll>({ top: 0, height: 600 });
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const read = (): void => {
      const { scrollTop: top, clientHeight: height } = element;
      setScroll((last) => (last.top === top && last.height === height ? last : { top, height }));
    };
    const resizes = new ResizeObserver(read);
    resizes.observe(element);
    element.addEventListener('scroll', read, { passive: true });
    return () => {
      resizes.disconnect();
      element.removeEventListener('scroll', read);
    };
  }, [box]);
  return scroll;
}

interface RowFocus {
  readonly tabStop: number;
  readonly count: number;
  readonly setFocused: (index: number) => void;
}

/** Returns the handler of the keys that move the focus; it scrolls to the row if necessary. */
function useRowFocus(box: Ref<HTMLElement>, scroll: Scroll, focus: RowFocus) {
  const { tabStop, count, setFocused } = focus;
  /** A row that is focused when it is rendered. */
  const wanted = useRef<number | undefined>(undefined);
  const focusWanted = (): void => {
    const row = box.current?.querySelector<HTMLElement>(`tr[data-index="${wanted.current}"]`);
    if (row === null || row === undefined) return;
    wanted.current = undefined;
    row.focus({ preventScroll: true });
  };
  useEffect(focusWanted);
  return (event: KeyboardEvent): void => {
    if (!(event.target instanceof HTMLTableRowElement)) return;
    const current = wanted.current ?? Number(event.target.dataset['index'] ?? tabStop);
    // The head of the table covers the first row of the visible part.
    const visible = { ...scroll, height: scroll.height - ROW_HEIGHT };
    const page = Math.max(1, Math.floor(visible.height / ROW_HEIGHT) - 1);
    const target = rowAfterKey(event.key, current, { count, page });
    if (target === undefined) return;
    event.preventDefault();
    wanted.current = target;
    setFocused(target);
    const top = scrollToRow(visible, ROW_HEIGHT, target);
    if (top !== undefined) box.current?.scrollTo({ top });
    focusWanted();
  };
}
