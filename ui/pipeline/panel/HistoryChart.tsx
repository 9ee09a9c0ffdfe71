import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { HistoryPoint } from '../../../src/cli/ui/pipeline/contract.ts';
import { resolveColor } from '../../components/colors.ts';
import { createChartOption } from './chartOption.ts';
import type { Chart } from './charts.ts';
import { describeChart, latestOf, type ChartDefinition } from './series.ts';

export interface HistoryChartProps {
  readonly definition: ChartDefinition;
  readonly points: readonly HistoryPoint[];
  readonly colorScheme: 'light' | 'dark';
}

/** A chart with its newest values as texts. */
export function HistoryChart({ definition, points, colorScheme }: HistoryChartProps) {
  const element = useRef<HTMLDivElement>(null);
  const chart = useChart(element);
  useEffect(() => {
    const font = getComputedStyle(document.body).fontFamily;
    chart?.show(createChartOption(definition, points, { resolve: resolveColor, font }, new Date()));
  }, [chart, definition, points, colorScheme]);
  return (
    <figure class="pipeline-chart">
      <figcaption class="pipeline-chart-title">
        <h3>{definition.title}</h3>
        <Legend definition={definition} points={points} />
      </figcaption>
      <div
        ref={element}
        class="pipeline-chart-canvas"
        role="img"
        aria-label={`${definition.title}: ${describeChart(definition, points)}`}
      />
    </figure>
  );
}

function Legend({ definition, points }: Pick<HistoryChartProps, 'definition' | 'points'>) {
  return (
    <ul class="pipeline-chart-legend">
      {definition.series.map((series) => {
        const latest = latestOf(series, points);
        return (
          <li key={series.name}>
            <span
              class="pipeline-chart-key"
              style={{ background: `var(${series.color})` }}
              aria-hidden="true"
            />
            {series.name}{' '}
            <span class="number">{latest === undefined ? '–' : definition.format(latest)}</span>
          </li>
        );
      })}
    </ul>
  );
}

/** Loads the library, and creates a chart in the element as long as it is shown. */
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
