import type { FieldJson, PanelJson } from '../../../test/kit/dashboards/dashboardFile.ts';
import type { TimeSeries } from '../../../test/kit/telemetry/prometheusServer.ts';
import { namedColor, TEXT } from './theme.ts';
import { formatElapsed, formatValue } from './units.ts';

/** The time range of a picture. */
export interface TimeRange {
  readonly fromS: number;
  readonly toS: number;
  /** The interval of the samples. */
  readonly stepS: number;
}

/** A panel and the series that its Prometheus queries returned. */
export interface PanelContent {
  readonly panel: PanelJson;
  readonly series: readonly NamedSeries[];
  readonly range: TimeRange;
}

export interface NamedSeries extends TimeSeries {
  /** The name in the legend. */
  readonly name: string;
  /** The query of the panel that returned the series. */
  readonly refId: string;
}

/** The value at the end of the time range; undefined if the series has ended before. */
export function lastValue({ points }: TimeSeries, { toS, stepS }: TimeRange): number | undefined {
  const [timeS, value] = points.at(-1) ?? [-Infinity, 0];
  return timeS < toS - 2 * stepS ? undefined : value;
}

export function defaultsOf({ fieldConfig }: PanelJson): FieldJson {
  return fieldConfig?.defaults ?? {};
}

/** The settings that the panel overrides for a field, by the id of the setting. */
export function overridesOf({ fieldConfig }: PanelJson, field: string): Record<string, unknown> {
  const found = fieldConfig?.overrides.find(({ matcher }) => matcher.options === field);
  return Object.fromEntries((found?.properties ?? []).map(({ id, value }) => [id, value]));
}

export function textOf(value: number, { unit = 'short', mappings = [] }: FieldJson): string {
  return mappings[0]?.options[value]?.text ?? formatValue(value, unit);
}

/** The color of a mapped value or of a threshold. */
export function colorOf(value: number, { thresholds, mappings = [] }: FieldJson): string {
  const step = thresholds?.steps.findLast(({ value: from }) => from === null || value >= from);
  return namedColor(mappings[0]?.options[value]?.color ?? step?.color ?? TEXT);
}

/** The values at the times of the axis; null where a sample is missing. */
export function sampled({ points }: TimeSeries, range: TimeRange): (number | null)[] {
  const indexOf = (timeS: number): number => Math.round((timeS - range.fromS) / range.stepS);
  const values = new Map(points.map(([timeS, value]) => [indexOf(timeS), value]));
  return timesOf(range).map((_, index) => values.get(index) ?? null);
}

/** The times of the samples, labeled in minutes since the start of the run. */
export function timeAxis(range: TimeRange) {
  const labelEvery = Math.round((range.toS - range.fromS > 180 ? 60 : 20) / range.stepS);
  return {
    type: 'category',
    data: timesOf(range).map((timeS) => formatElapsed(timeS)),
    axisLabel: { interval: (index: number) => index % labelEvery === 0 },
  } as const;
}

/** The times of the samples in seconds since the start of the run. */
function timesOf({ fromS, toS, stepS }: TimeRange): number[] {
  return Array.from({ length: Math.floor((toS - fromS) / stepS) + 1 }, (_, step) => step * stepS);
}
