import { useMemo, useState } from 'preact/hooks';
import type { Journey } from '../../src/cli/ui/journey/contract.ts';
import { Button } from '../components/Button.tsx';
import { Legend } from './Legend.tsx';
import { Readout } from './Readout.tsx';
import { WaterfallGrid } from './WaterfallGrid.tsx';

export interface WaterfallProps {
  readonly journey: Journey;
  /** Whether all children of a fan-out are shown. */
  readonly isUnfolded: boolean;
  readonly onUnfold: (isUnfolded: boolean) => void;
}

/** The hops of a journey as rows with bars, and the numbers of one row. */
export function Waterfall({ journey, isUnfolded, onUnfold }: WaterfallProps) {
  const { rows } = journey;
  const [current, setCurrent] = useState<string>();
  const [hovered, setHovered] = useState<string>();
  // The pointer passes many rows, of which there may be 2,000.
  const grid = useMemo(
    () => (
      <WaterfallGrid
        {...{ journey, current }}
        onUnfold={() => onUnfold(true)}
        onFocus={setCurrent}
        onHover={setHovered}
      />
    ),
    [journey, current],
  );
  if (rows.length === 0) return null;
  return (
    <section class="journey-waterfall" aria-labelledby="journey-waterfall">
      <div class="journey-section-head">
        <h2 id="journey-waterfall">Waterfall</h2>
        <Legend rows={rows} />
        {isUnfolded && <Button onClick={() => onUnfold(false)}>Fold wide fan-outs</Button>}
      </div>
      {grid}
      <Readout row={rows.find(({ key }) => key === (hovered ?? current))} />
    </section>
  );
}
