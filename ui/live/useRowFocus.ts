import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { rowAfterKey } from '../components/rowKeys.ts';
import { hasModifier } from '../components/usePageKeys.ts';
import type { HopRow } from './hopLog.ts';
import { linkAt, linkTowards } from './rowLinks.ts';

export interface RowFocus {
  /** The row whose link the Tab key reaches; undefined if no row in the document has one. */
  readonly tabStop: number | undefined;
  /** For the table: moves the focus from link to link. */
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onFocusIn: (event: FocusEvent) => void;
}

export interface RowFocusOptions {
  readonly rows: readonly HopRow[];
  /** The rows that are in the document. */
  readonly first: number;
  readonly end: number;
  readonly rowHeight: number;
}

/** The links of the rows are one stop of the Tab key; the arrow keys move between them. */
export function useRowFocus(
  box: RefObject<HTMLElement | null>,
  { rows, first, end, rowHeight }: RowFocusOptions,
): RowFocus {
  const [focused, setFocused] = useState(0);
  const wanted = useRef<number | undefined>(undefined);
  useLayoutEffect(() => {
    if (wanted.current === undefined) return;
    const link = box.current?.querySelector<HTMLElement>(`tr[data-index="${wanted.current}"] a`);
    if (link === null || link === undefined) return;
    wanted.current = undefined;
    link.focus();
  });
  const onKeyDown = (event: KeyboardEvent): void => {
    const from = indexOf(event.target);
    if (from === undefined || hasModifier(event)) return;
    const page = Math.floor((box.current?.clientHeight ?? 0) / rowHeight) - 2;
    const target = rowAfterKey(event.key, from, { count: rows.length, page: Math.max(1, page) });
    if (target === undefined) return;
    event.preventDefault();
    const next = linkTowards(rows, from, target);
    wanted.current = next;
    setFocused(next);
    reveal(box.current, next, rowHeight);
  };
  return {
    tabStop: linkAt(rows, { wanted: focused, first, end }),
    onKeyDown,
    onFocusIn: ({ target }) => setFocused(indexOf(target) ?? focused),
  };
}

function indexOf(target: EventTarget | null): number | undefined {
  const link = target instanceof Element ? target.closest('a') : null;
  const row = link?.closest<HTMLElement>('tr[data-index]');
  return row === null || row === undefined ? undefined : Number(row.dataset['index']);
}

/** Scrolls by the least distance. The head of the table covers one row. */
function reveal(box: HTMLElement | null, index: number, rowHeight: number): void {
  if (box === null) return;
  const top = index * rowHeight;
  const bottom = top + 2 * rowHeight;
  if (top < box.scrollTop) box.scrollTop = top;
  else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
}
