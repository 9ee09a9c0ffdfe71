import type {
  FieldJson,
  MappingJson,
  PanelJson,
  ThresholdJson,
} from '../../../test/kit/dashboards/dashboardFile.ts';
import type { TimeSeries } from '../../../test/kit/telemetry/prometheusServer.ts';
import { named, TEXT } from './colors.ts';
import { formatted } from './units.ts';

/** A panel with what it shows. */
export interface FilledPanel {
  readonly panel: PanelJson;
  readonly series: readonly NamedSeries[];
  readonly fromS: number;
  readonly toS: number;
}

export interface NamedSeries extends TimeSeries {
  readonly name: string;
  /** Which query of the panel it is of. */
  readonly refId: string;
}

/** Where something is drawn, in pixels. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A value that is older than this at the end is none. */
const STALE_S = 5;

/** The value at the end of the shown time. */
export function lastOf({ points }: TimeSeries, toS: number): number | undefined {
  const [timeS, value] = points.at(-1) ?? [-Infinity, 0];
  return timeS < toS - STALE_S ? undefined : value;
}

/** A field of a table or a panel: how its values look. */
export type Field = Pick<FieldJson, 'unit' | 'thresholds' | 'mappings'>;

export function fieldOf({ fieldConfig }: PanelJson): FieldJson {
  return fieldConfig?.defaults ?? {};
}

/** What overrides say of the field with this name, over what holds for all. */
export function overridden({ fieldConfig }: PanelJson, name: string): Record<string, unknown> {
  const found = fieldConfig?.overrides.find(({ matcher }) => matcher.options === name);
  return Object.fromEntries((found?.properties ?? []).map(({ id, value }) => [id, value]));
}

export function textOf(value: number, { unit = 'short', mappings = [] }: Field): string {
  return mapped(value, mappings)?.text ?? formatted(value, unit);
}

export function colorOf(value: number, { thresholds, mappings = [] }: Field): string {
  const own = mapped(value, mappings)?.color;
  return named(own ?? thresholdAt(value, thresholds?.steps ?? [])?.color ?? TEXT);
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
