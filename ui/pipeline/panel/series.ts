import type { HistoryPoint } from '../../../src/cli/ui/pipeline/contract.ts';
import { formatDuration } from '../../../src/cli/trace/duration.ts';
import { formatCount, formatRate } from '../../components/format.ts';

/** One line of a chart. */
export interface Series {
  readonly name: string;
  /** A colour of `styles/tokens.css`. */
  readonly color: `--${string}`;
  readonly value: (point: HistoryPoint) => number | undefined;
}

/** A chart of the last 10 minutes. */
export interface ChartDefinition {
  readonly title: string;
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
  /** Between two labels of the axis. @default any */
  readonly minInterval?: number;
}

export const CHARTS: readonly ChartDefinition[] = [
  {
    title: 'Messages waiting',
    series: [{ name: 'waiting', color: '--phase-queue', value: ({ ready }) => ready }],
    format: formatCount,
    minInterval: 1,
  },
  {
    title: 'Rate',
    series: [
      { name: 'hops', color: '--phase-runtime', value: ({ hopRate }) => hopRate },
      { name: 'errors', color: '--bad', value: ({ errorRate }) => errorRate },
    ],
    format: (value) => `${formatRate(value)}/s`,
  },
  {
    title: 'Times (P95)',
    series: [
      { name: 'in queue', color: '--phase-queue', value: ({ queueP95 }) => queueP95 },
      { name: 'in runtime', color: '--phase-runtime', value: ({ runtimeP95 }) => runtimeP95 },
    ],
    format: formatDuration,
  },
];

/** Whether a chart has anything to show; an actor without sidecars has no rates and times. */
export function hasValues({ series }: ChartDefinition, points: readonly HistoryPoint[]): boolean {
  return points.some((point) => series.some(({ value }) => value(point) !== undefined));
}

/** `waiting: now 12, highest 340; …`: what a chart shows, for screen readers. */
export function describeChart(
  { series, format }: ChartDefinition,
  points: readonly HistoryPoint[],
): string {
  const texts = series.map(({ name, value }) => {
    const values = points.flatMap((point) => value(point) ?? []);
    const last = values.at(-1);
    if (last === undefined) return `${name}: no values`;
    return `${name}: now ${format(last)}, highest ${format(Math.max(...values))}`;
  });
  return texts.join('; ');
}

/** The last point of each minute, the newest first: few enough rows to read. */
export function minutesOf(points: readonly HistoryPoint[]): readonly HistoryPoint[] {
  const byMinute = new Map(
    points.map((point) => [Math.floor(Date.parse(point.time) / MINUTE), point]),
  );
  return [...byMinute.values()].toReversed();
}

const MINUTE = 60_000;
