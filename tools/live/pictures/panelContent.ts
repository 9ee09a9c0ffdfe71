import type {
  FieldJson,
  MappingJson,
  PanelJson,
  ThresholdJson,
} from '../../../test/kit/dashboards/dashboardFile.ts';
import type { TimeSeries } from '../../../test/kit/telemetry/prometheusServer.ts';
import { namedColor, TEXT } from './theme.ts';
import { formatValue } from './units.ts';

/** A panel and the series that its Prometheus queries returned. */
export interface PanelContent {
  readonly panel: PanelJson;
  readonly series: readonly NamedSeries[];
  readonly fromS: number;
  readonly toS: number;
}

export interface NamedSeries extends TimeSeries {
  /** The name in the legend. */
  readonly name: string;
  /** The query of the panel that returned the series. */
  readonly refId: string;
}

/** Samples that are older at the end of the time range are stale. */
const STALE_AFTER_S = 5;

/** The value at the end of the time range; undefined if the series has ended before. */
export function lastValue({ points }: TimeSeries, toS: number): number | undefined {
  const [timeS, value] = points.at(-1) ?? [-Infinity, 0];
  return timeS < toS - STALE_AFTER_S ? undefined : value;
}

/** The settings that determine the text and the colour of a value. */
export type ValueFormat = Pick<FieldJson, 'unit' | 'thresholds' | 'mappings'>;

export function defaultsOf({ fieldConfig }: PanelJson): FieldJson {
  return fieldConfig?.defaults ?? {};
}

/** The settings that the panel overrides for a field, by the id of the setting. */
export function overridesOf({ fieldConfig }: PanelJson, field: string): Record<string, unknown> {
  const found = fieldConfig?.overrides.find(({ matcher }) => matcher.options === field);
  return Object.fromEntries((found?.properties ?? []).map(({ id, value }) => [id, value]));
}

export function textOf(value: number, { unit = 'short', mappings = [] }: ValueFormat): string {
  return mapped(value, mappings)?.text ?? formatValue(value, unit);
}

export function colorOf(value: number, { thresholds, mappings = [] }: ValueFormat): string {
  const own = mapped(value, mappings)?.color;
  return namedColor(own ?? thresholdAt(value, thresholds?.steps ?? [])?.color ?? TEXT);
}

function mapped(
  value: number,
  mappings: readonly MappingJson[],
): { text: string; color: string } | undefined {
  return mappings[0]?.options[String(value)];
}

function thresholdAt(value: number, steps: readonly ThresholdJson[]): ThresholdJson | undefined {
  return steps.findLast(({ value: from }) => from === null || value >= from);
}
