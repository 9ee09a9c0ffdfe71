import type { EChartsOption } from 'echarts';
import type { PanelJson } from '../../../test/kit/dashboards/dashboardFile.ts';
import type { TracedSpan } from '../../../src/cli/trace/otlp.ts';
import type { ExportedTelemetry } from '../collector.ts';
import type { LogRecord } from '../logRecords.ts';
import type { Size } from './renderSvg.ts';
import { tableChart, type TableCell, type TableColumn } from './table.ts';
import { LINK, namedColor } from './theme.ts';
import { formatElapsed, formatValue } from './units.ts';
import { waterfallChart } from './waterfall.ts';

const JOURNEY = 'asya.journey.id';
const OUTCOME = 'asya.outcome';
/** The default of the threshold at the top of the dashboard. */
const SLOW_S = 1;

/** The journey and the trace that the picture shows in detail. */
export interface SelectedJourney {
  readonly journey: string;
  readonly trace: string;
}

/** Selects a short journey over many actors that was retried before it reached happy-end. */
export function selectJourney({ spans }: ExportedTelemetry): SelectedJourney | undefined {
  const journeys = Map.groupBy(spans, (span) => text(span, JOURNEY));
  const [shortest] = [...journeys.values()]
    .filter((hops) => hops.some((hop) => text(hop, OUTCOME) === 'retry'))
    .filter((hops) => hops.some((hop) => text(hop, 'asya.attempt') === '2'))
    .filter((hops) => hops.some((hop) => text(hop, 'asya.end') === 'happy-end'))
    .toSorted(
      (a, b) => actorsOf(b) - actorsOf(a) || a.length - b.length || durationMs(a) - durationMs(b),
    );
  const first = shortest?.[0];
  return first && { journey: text(first, JOURNEY), trace: first.traceId };
}

/**
 * Draws a panel that queries Tempo or Loki, from what the sidecars exported. The pictures do not
 * need these services, so the queries are repeated as filters.
 */
export function journeyPanelChart(
  panel: PanelJson,
  telemetry: ExportedTelemetry,
  selected: SelectedJourney,
  fromS: number,
  size: Size,
): EChartsOption | undefined {
  const { spans, logs } = telemetry;
  const ofJourney = (span: TracedSpan): boolean => text(span, JOURNEY) === selected.journey;
  switch (panel.title) {
    case 'Slow journeys':
      return spanTable(spans.filter(isSlowEnd).toSorted(bySlowest), panel, fromS, size);
    case 'Failed journeys':
      return spanTable(spans.filter(isFailure).toSorted(byNewest), panel, fromS, size);
    case 'Hops of journey $journey':
      return spanTable(spans.filter(isHop).filter(ofJourney).toSorted(byStart), panel, fromS, size);
    case 'Logs of journey $journey':
      return logTable(
        logs.filter(({ attributes }) => attributes.get(JOURNEY) === selected.journey),
        fromS,
        size,
      );
    case 'Trace $trace':
      return waterfallChart(
        spans.filter(({ traceId }) => traceId === selected.trace),
        size,
      );
    case 'Logs of trace $trace':
      return logTable(
        logs.filter(({ traceId }) => traceId === selected.trace),
        fromS,
        size,
      );
    default:
      return undefined;
  }
}

/** The span of a hop is the only one of kind consumer. */
function isHop({ name }: TracedSpan): boolean {
  return name.startsWith('process ');
}

function isSlowEnd(span: TracedSpan): boolean {
  return text(span, 'asya.end') === 'happy-end' && journeySeconds(span) > SLOW_S;
}

function isFailure(span: TracedSpan): boolean {
  return (
    ['error_end', 'retry_spent'].includes(text(span, OUTCOME)) ||
    text(span, 'asya.end') === 'error-end'
  );
}

/** One column per attribute that the query of the panel selects. */
function spanTable(
  spans: readonly TracedSpan[],
  { targets }: PanelJson,
  fromS: number,
  size: Size,
): EChartsOption {
  const selected = /select\((.*)\)/.exec(targets?.[0]?.query ?? '')?.[1]?.split(', ') ?? [];
  const attributes = selected.map((name) => name.replace(/^span\./, ''));
  const columns: TableColumn[] = [
    { title: 'start', weight: 0.6 },
    ...attributes.map((name) => ({ title: name, weight: columnWeight(name) })),
  ];
  const rows = spans.map((span): TableCell[] => [
    { text: formatElapsed(span.startMs / 1_000 - fromS) },
    ...attributes.map((name) => attributeCell(span, name)),
  ]);
  return tableChart(columns, rows, size);
}

function columnWeight(attribute: string): number {
  if (attribute === JOURNEY) return 1.9;
  return attribute === 'error.type' || attribute === 'asya.journey.duration' ? 1.4 : 1.1;
}

function attributeCell(span: TracedSpan, name: string): TableCell {
  const value = text(span, name);
  if (name === 'asya.journey.duration') return { text: formatValue(Number(value), 's') };
  if (name === JOURNEY || name === 'asya.actor') return { text: value, color: LINK };
  return name === OUTCOME && span.failed
    ? { text: value, color: namedColor('red') }
    : { text: value };
}

function logTable(records: readonly LogRecord[], fromS: number, size: Size): EChartsOption {
  const columns: TableColumn[] = [
    { title: 'time', weight: 0.7 },
    { title: 'level', weight: 0.5 },
    { title: 'actor', weight: 0.8 },
    { title: 'message', weight: 1.4 },
    { title: 'fields', weight: 4 },
  ];
  const rows = records
    .toSorted((a, b) => a.timeMs - b.timeMs)
    .map(({ timeMs, severity, message, attributes }): TableCell[] => [
      { text: formatElapsedMs(timeMs - fromS * 1_000) },
      { text: severity.toLowerCase(), color: SEVERITY_COLORS[severity] ?? namedColor('green') },
      { text: attributes.get('asya.actor') ?? '' },
      { text: message },
      { text: fieldsOf(attributes) },
    ]);
  return tableChart(columns, rows, size);
}

const SEVERITY_COLORS: Readonly<Record<string, string>> = {
  WARN: namedColor('orange'),
  ERROR: namedColor('red'),
};

/** The fields that distinguish the lines of one journey. */
function fieldsOf(attributes: ReadonlyMap<string, string>): string {
  const names = ['asya.outcome', 'asya.attempt', 'error.type', 'runtime_ms', 'duration_ms'];
  return names
    .filter((name) => attributes.has(name))
    .map((name) => `${name.replace(/^asya\./, '')}=${attributes.get(name)}`)
    .join(' ');
}

function formatElapsedMs(ms: number): string {
  return `${formatElapsed(Math.floor(ms / 1_000))}.${String(Math.floor(ms % 1_000)).padStart(3, '0')}`;
}

function text({ attributes }: TracedSpan, name: string): string {
  return String(attributes.get(name) ?? '');
}

function journeySeconds(span: TracedSpan): number {
  return Number(span.attributes.get('asya.journey.duration'));
}

function actorsOf(spans: readonly TracedSpan[]): number {
  return new Set(spans.map((span) => text(span, 'asya.actor'))).size;
}

function durationMs(spans: readonly TracedSpan[]): number {
  return (
    Math.max(...spans.map(({ endMs }) => endMs)) - Math.min(...spans.map(({ startMs }) => startMs))
  );
}

function byStart(a: TracedSpan, b: TracedSpan): number {
  return a.startMs - b.startMs;
}

function byNewest(a: TracedSpan, b: TracedSpan): number {
  return b.startMs - a.startMs;
}

function bySlowest(a: TracedSpan, b: TracedSpan): number {
  return journeySeconds(b) - journeySeconds(a);
}
