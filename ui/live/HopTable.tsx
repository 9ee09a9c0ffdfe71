import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { windowOf, type Scroll } from '../components/rowWindow.ts';
import { HopTableRow } from './HopTableRow.tsx';
import type { HopRow } from './hopLog.ts';
import { useRowFocus } from './useRowFocus.ts';

export interface HopTableProps {
  /** The newest first. */
  readonly rows: readonly HopRow[];
  readonly isPaused: boolean;
  /** Called when the list is scrolled away from the newest row, and when it is back. */
  readonly onScrolled: (isScrolled: boolean) => void;
  /** Called when a row gets the focus. */
  readonly onRowFocus: () => void;
}

const COLUMNS = ['Time', 'Actor', 'Outcome', 'Envelope', 'Duration', 'Runtime', 'Attempt', 'Next'];

/** The list of hops, of which the document has only the visible rows. */
export function HopTable({ rows, isPaused, onScrolled, onRowFocus }: HopTableProps) {
  const box = useRef<HTMLDivElement>(null);
  const { scroll, rowHeight, read } = useViewport(box);
  useEffect(() => {
    if (!isPaused) box.current?.scrollTo({ top: 0 });
  }, [isPaused]);
  const onScroll = (): void => {
    onScrolled((box.current?.scrollTop ?? 0) > 0);
    read();
  };
  const { first, end } = windowOf(scroll, rowHeight, rows.length);
  const focus = useRowFocus(box, { rows, first, end, rowHeight });
  return (
    // A scrolling region must be reachable by keyboard.
    <div
      ref={box}
      class="table-box live-box"
      role="region"
      aria-label="Hops"
      tabIndex={0}
      onScroll={onScroll}
    >
      <table
        class="table live-table"
        role="table"
        aria-rowcount={rows.length + 1}
        onKeyDown={focus.onKeyDown}
        onFocusIn={focus.onFocusIn}
      >
        <thead role="rowgroup">
          <tr role="row" aria-rowindex={1}>
            {COLUMNS.map((name) => (
              <th key={name} role="columnheader" scope="col" class={`live-${name.toLowerCase()}`}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup" onFocusIn={onRowFocus}>
          <Space height={first * rowHeight} />
          {rows.slice(first, end).map((row, index) => (
            // The elements stay while the hops pass through them, which is cheaper than new ones.
            <HopTableRow
              key={first + index}
              row={row}
              index={first + index}
              isTabStop={first + index === focus.tabStop}
            />
          ))}
          <Space height={(rows.length - end) * rowHeight} />
        </tbody>
      </table>
    </div>
  );
}

/** The place of rows that are not in the document. */
function Space({ height }: { readonly height: number }) {
  if (height === 0) return null;
  return (
    <tr aria-hidden="true">
      <td class="live-space" colSpan={COLUMNS.length} style={{ height: `${height}px` }} />
    </tr>
  );
}

const DEFAULT_ROW_HEIGHT = 32;

interface Viewport {
  readonly scroll: Scroll;
  /** In CSS pixels; it depends on the width of the page. */
  readonly rowHeight: number;
  /** Reads the values again. */
  readonly read: () => void;
}

/** The visible part of the list, read again when it is scrolled or resized. */
function useViewport(box: { readonly current: HTMLElement | null }): Viewport {
  const [scroll, setScroll] = useState<Scroll>({ top: 0, height: 0 });
  const [rowHeight, setRowHeight] = useState(DEFAULT_ROW_HEIGHT);
  const read = (): void => {
    const element = box.current;
    if (element === null) return;
    const { scrollTop: top, clientHeight: height } = element;
    setScroll((last) => (last.top === top && last.height === height ? last : { top, height }));
    const style = getComputedStyle(element).getPropertyValue('--row-height');
    setRowHeight(Number.parseFloat(style) || DEFAULT_ROW_HEIGHT);
  };
  useLayoutEffect(() => {
    if (box.current === null) return undefined;
    read();
    const observer = new ResizeObserver(read);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return { scroll, rowHeight, read };
}
