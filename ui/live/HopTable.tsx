import { useEffect, useRef, useState } from 'preact/hooks';
import { HopTableRow } from './HopTableRow.tsx';
import type { HopRow } from './hopLog.ts';
import { windowOf, type Viewport } from './rowWindow.ts';

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
  const frame = useRef<HTMLDivElement>(null);
  const { viewport, read } = useViewport(frame);
  useEffect(() => {
    if (!isPaused && frame.current !== null) frame.current.scrollTop = 0;
  }, [isPaused]);
  const scroll = (): void => {
    onScrolled((frame.current?.scrollTop ?? 0) > 0);
    read();
  };
  const { rowHeight } = viewport;
  const { from, to } = windowOf(viewport, rows.length);
  return (
    // A scrolling region must be reachable by keyboard.
    <div
      ref={frame}
      class="live-frame"
      role="region"
      aria-label="Hops"
      tabIndex={0}
      onScroll={scroll}
    >
      <table class="live-table" role="table" aria-rowcount={rows.length + 1}>
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
          <Space height={from * rowHeight} />
          {rows.slice(from, to).map((row, index) => (
            <HopTableRow key={row.key} row={row} position={from + index + 2} />
          ))}
          <Space height={(rows.length - to) * rowHeight} />
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

const DEFAULT_ROW_HEIGHT = 30;

interface ViewportState {
  readonly viewport: Viewport;
  readonly read: () => void;
}

/** The visible part of the list, read again when it is scrolled or resized. */
function useViewport(frame: { readonly current: HTMLElement | null }): ViewportState {
  const [viewport, setViewport] = useState<Viewport>({
    scrollTop: 0,
    height: 0,
    rowHeight: DEFAULT_ROW_HEIGHT,
  });
  const read = (): void => {
    const element = frame.current;
    if (element === null) return;
    const { scrollTop, clientHeight: height } = element;
    const rowHeight = Number.parseFloat(getComputedStyle(element).getPropertyValue('--row-height'));
    setViewport({ scrollTop, height, rowHeight: rowHeight || DEFAULT_ROW_HEIGHT });
  };
  useEffect(() => {
    if (frame.current === null) return undefined;
    const observer = new ResizeObserver(read);
    observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  return { viewport, read };
}
