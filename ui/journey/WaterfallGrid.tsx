import { useMemo, useRef, useState } from 'preact/hooks';
import type { Journey } from '../../src/cli/ui/journey/contract.ts';
import { hasModifier } from '../components/usePageKeys.ts';
import { moveOf, visibleRows, type VisibleRow } from './rowTree.ts';
import { TimeAxis } from './TimeAxis.tsx';
import { createTimeScale } from './timeScale.ts';
import { WaterfallRow } from './WaterfallRow.tsx';

export interface WaterfallGridProps {
  readonly journey: Journey;
  /** The key of the row that had the focus last. */
  readonly current: string | undefined;
  readonly onUnfold: () => void;
  /** Called with the key of a row. */
  readonly onFocus: (key: string) => void;
  /** Called with the key of the row under the pointer; undefined when the pointer leaves it. */
  readonly onHover: (key: string | undefined) => void;
}

/** A tree of rows that the arrow keys move in. */
export function WaterfallGrid(props: WaterfallGridProps) {
  const { journey, current, onUnfold, onFocus, onHover } = props;
  const { rows, durationMs } = journey;
  const scale = useMemo(() => createTimeScale(rows, durationMs), [rows, durationMs]);
  const [collapsed, toggle] = useCollapsed();
  const visible = visibleRows(rows, collapsed);
  const grid = useRef<HTMLDivElement>(null);
  const found = visible.findIndex(({ row }) => row.key === current);
  const tabStop = Math.max(0, found);
  const press = (event: KeyboardEvent): void => {
    if (hasModifier(event) || isOnControl(event.target)) return;
    const move = moveOf(event.key, visible, tabStop);
    if (move === undefined) return;
    event.preventDefault();
    if (move.kind === 'toggle') toggle(visible[tabStop]);
    else grid.current?.querySelector<HTMLElement>(`[data-index="${move.index}"]`)?.focus();
  };
  return (
    <div
      ref={grid}
      class="journey-grid"
      role="treegrid"
      aria-labelledby="journey-waterfall"
      onKeyDown={press}
    >
      <TimeAxis scale={scale} durationMs={durationMs} />
      {visible.map((item, index) => (
        <WaterfallRow
          key={item.row.key}
          {...{ item, index, scale, onUnfold }}
          isTabStop={index === tabStop}
          onToggle={() => toggle(item)}
          onFocus={() => onFocus(item.row.key)}
          onHover={(isOver) => onHover(isOver ? item.row.key : undefined)}
        />
      ))}
    </div>
  );
}

function isOnControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('button, a') !== null;
}

/** The keys of the rows whose children are hidden, and a function that changes them. */
function useCollapsed(): [ReadonlySet<string>, (item: VisibleRow | undefined) => void] {
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set());
  const toggle = (item: VisibleRow | undefined): void => {
    if (item?.hasChildren !== true) return;
    const { key } = item.row;
    setCollapsed((last) => {
      const next = new Set(last);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  };
  return [collapsed, toggle];
}
