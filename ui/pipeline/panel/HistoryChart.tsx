import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { HistoryPoint } from '../../../src/cli/ui/pipeline/contract.ts';
import { resolveColor } from '../../components/colors.ts';
import { createChartOption } from './chartOption.ts';
import type { Chart } from './charts.ts';
import { partAt, PLOT, pointAt } from './cursor.ts';
import { describeChart, type ChartDefinition } from './series.ts';

export interface HistoryChartProps {
  readonly definition: ChartDefinition;
  readonly points: readonly HistoryPoint[];
  /** The last time that the chart shows. */
  readonly endMs: number;
  readonly colorScheme: 'light' | 'dark';
  /** The point below the pointer, which all charts show. */
  readonly cursor: HistoryPoint | undefined;
  readonly onCursor: (point: HistoryPoint | undefined) => void;
}

/** A chart with the values of its newest point, or of the point below the pointer. */
export function HistoryChart(props: HistoryChartProps) {
  const { definition, points, endMs, colorScheme, cursor, onCursor } = props;
  const element = useRef<HTMLDivElement>(null);
  const chart = useChart(element);
  useEffect(() => {
    const style = { resolve: resolveColor, font: getComputedStyle(document.body).fontFamily };
    chart?.show(createChartOption(definition, points, style, endMs));
  }, [chart, definition, points, endMs, colorScheme]);
  const moveCursor = (event: PointerEvent): void => {
    const frame = element.current?.getBoundingClientRect();
    if (frame !== undefined)
      onCursor(pointAt(points, event.clientX - frame.left, frame.width, endMs));
  };
  return (
    <figure class="pipeline-chart">
      <figcaption class="pipeline-chart-title">
        <span>{definition.title}</span>
        <Legend definition={definition} point={cursor ?? points.at(-1)} />
      </figcaption>
      <div
        class="pipeline-chart-frame"
        role="img"
        aria-label={`${definition.title}: ${describeChart(definition, points)}`}
        onPointerMove={moveCursor}
        onPointerLeave={() => onCursor(undefined)}
      >
        <div ref={element} class="pipeline-chart-canvas" />
        {cursor !== undefined && <CursorLine part={partAt(cursor.time, endMs)} />}
      </div>
    </figure>
  );
}

interface LegendProps {
  readonly definition: ChartDefinition;
  readonly point: HistoryPoint | undefined;
}

function Legend({ definition: { series, format }, point }: LegendProps) {
  return (
    <span class="pipeline-chart-legend">
      {series.map(({ name, color, value }) => {
        const number = point === undefined ? undefined : value(point);
        return (
          <span key={name}>
            <span
              class="pipeline-chart-key"
              style={{ background: `var(${color})` }}
              aria-hidden="true"
            />
            {name} <span class="number">{number === undefined ? '–' : format(number)}</span>
          </span>
        );
      })}
    </span>
  );
}

function CursorLine({ part }: { readonly part: number }) {
  const left = `calc(${PLOT.left}px + (100% - ${PLOT.left + PLOT.right}px) * ${part})`;
  return <div class="pipeline-chart-cursor" style={{ left }} />;
}

/** Loads the library, and keeps a chart in the element while it is shown. */
function useChart(element: RefObject<HTMLElement | null>): Chart | undefined {
  const [chart, setChart] = useState<Chart>();
  useEffect(() => {
    let created: Chart | undefined;
    let isShown = true;
    const create = async (): Promise<void> => {
      const { createChart } = await import('./charts.ts');
      if (!isShown || element.current === null) return;
      created = createChart(element.current);
      setChart(created);
    };
    // Without the chart, the legend and the table still have its values.
    create().catch(() => undefined);
    return () => {
      isShown = false;
      created?.dispose();
    };
  }, []);
  return chart;
}
