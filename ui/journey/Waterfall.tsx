import { useMemo, useRef, useState } from 'preact/hooks';
import type { Journey } from '../../src/cli/ui/journey/contract.ts';
import { Button } from '../components/Button.tsx';
import { Legend } from './Legend.tsx';
import { Readout } from './Readout.tsx';
import { moveOf, visibleRows, type VisibleRow } from './rowTree.ts';
import { TimeAxis } from './TimeAxis.tsx';
import { createTimeScale } from './timeScale.ts';
import { WaterfallRow } from './WaterfallRow.tsx';

export interface WaterfallProps {
  readonly journey: Journey;
  /** Whether all children of a fan-out are shown. */
  readonly isUnfolded: boolean;
  readonly onUnfold: (isUnfolded: boolean) => void;
}

/** The hops of a journey as rows with bars. The rows are a tree that the arrow keys move in. */
export function Waterfall({ journey, isUnfolded, onUnfold }: WaterfallProps) {
  const { rows, durationMs } = journey;
  const scale = useMemo(() => createTimeScale(rows, durationMs), [rows, durationMs]);
  const [collapsed, toggle] = useCollapsed();
  const visible = visibleRows(rows, collapsed);
  const [current, setCurrent] = useState<string>();
  const [hovered, setHovered] = useState<string>();
  const grid = useRef<HTMLDivElement>(null);
  if (rows.length === 0) return null;
  const tabStop = Math.max(
    0,
    visible.findIndex(({ row }) => row.key === current),
  );
  const shown = visible.find(({ row }) => row.key === (hovered ?? current));
  const handleKey = (event: KeyboardEvent): void => {
    if (event.target instanceof Element && event.target.closest('button, a') !== null) return;
    const move = moveOf(event.key, visible, tabStop);
    if (move === undefined) return;
    event.preventDefault();
    if (move.kind === 'toggle') toggle(visible[tabStop]);
    else grid.current?.querySelector<HTMLElement>(`[data-index="${move.index}"]`)?.focus();
  };
  return (
    <section class="journey-waterfall" aria-labelledby="journey-waterfall">
      <div class="journey-section-head">
        <h2 id="journey-waterfall">Waterfall</h2>
        <Legend rows={rows} />
        {isUnfolded && <Button onClick={() => onUnfold(false)}>Fold wide fan-outs</Button>}
      </div>
      <div
        ref={grid}
        class="journey-grid"
        role="treegrid"
        aria-labelledby="journey-waterfall"
        onKeyDown={handleKey}
      >
        <TimeAxis scale={scale} durationMs={durationMs} />
        {visible.map((item, index) => (
          <WaterfallRow
            key={item.row.key}
            {...{ item, index, scale }}
            isTabStop={index === tabStop}
            onToggle={() => toggle(item)}
            onUnfold={() => onUnfold(true)}
            onFocus={() => setCurrent(item.row.key)}
            onHover={(isOver) => setHovered(isOver ? item.row.key : undefined)}
          />
        ))}
      </div>
      <Readout row={shown?.row} />
    </section>
  );
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
