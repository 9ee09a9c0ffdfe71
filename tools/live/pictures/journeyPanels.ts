import type { EChartsOption } from 'echarts';
import type { PanelJson } from '../../../test/kit/dashboards/dashboardFile.ts';
import type { TracedSpan } from '../../../src/cli/trace/spans/otlp.ts';
import type { ExportedTelemetry } from '../collector.ts';
import type { LogRecord } from '../logRecords.ts';
import type { Size } from './renderSvg.ts';
import { tableChart, type Column } from './table.ts';
import { formatElapsed, formatValue } from './units.ts';
import { waterfallChart } from './waterfall.ts';

const JOURNEY = 'asya.journey.id';
const OUTCOME = 'asya.outcome';
const DURATION = 'asya.journey.duration';
/** The default of the threshold at the top of the dashboard. */
const SLOW_S = 1;

/** The journey and the trace that the picture shows in detail. */
export interface SelectedJourney {
  readonly journey: string;
  readonly trace: string;
}

/** Selects a short journey over many actors that was retried before it reached happy-end. */
export function selectJourney({ spans }: ExportedTelemetry): SelectedJourney | undefined {
  const isRetried = (hops: readonly TracedSpan[]): boolean =>
    hops.some((hop) => text(hop, OUTCOME) === 'retry') &&
    hops.some((hop) => text(hop, 'asya.attempt') === '2') &&
    hops.some((hop) => text(hop, 'asya.end') === 'happy-end');
  const actorsOf = (hops: readonly TracedSpan[]): number =>
    new Set(hops.map((hop) => text(hop, 'asya.actor'))).size;
  const [[first] = []] = [...Map.groupBy(spans, (span) => text(span, JOURNEY)).values()]
    .filter(isRetried)
    .toSorted((a, b) => actorsOf(b) - actorsOf(a) || a.length - b.length);
  return first && { journey: text(first, JOURNEY), trace: first.traceId };
}

/**
 * Draws a panel that queries Tempo or Loki, from the telemetry that the sidecars exported. The
 * pictures do not need these services, so the queries are repeated as filters.
 */
export function journeyPanelChart(
  panel: PanelJson,
  telemetry: ExportedTelemetry,
  { journey, trace }: SelectedJourney,
  fromS: number,
  size: Size,
): EChartsOption | undefined {
  const ofJourney = (item: TracedSpan | LogRecord): boolean => text(item, JOURNEY) === journey;
  const ofTrace = ({ traceId }: TracedSpan | LogRecord): boolean => traceId === trace;
  const spans = telemetry.spans.toSorted((a, b) => a.startMs - b.startMs);
  const logs = telemetry.logs.toSorted((a, b) => a.timeMs - b.timeMs);
  const spansOf: Readonly<Record<string, () => TracedSpan[]>> = {
    'Slow journeys': () => spans.filter(isSlow).toSorted((a, b) => durationS(b) - durationS(a)),
    'Failed journeys': () => spans.filter(isFailure).toReversed(),
    'Hops of journey $journey': () => spans.filter(isHop).filter(ofJourney),
  };
  const { type, title = '' } = panel;
  if (type === 'traces') return waterfallChart(spans.filter(ofTrace));
  if (type === 'logs')
    return logTable(logs.filter(title.includes('$trace') ? ofTrace : ofJourney), fromS, size);
  return spanTable(spansOf[title]?.() ?? [], panel, fromS, size);
}

/** The span of a hop is the only one of kind consumer. */
const isHop = ({ name }: TracedSpan): boolean => name.startsWith('process ');
const isSlow = (span: TracedSpan): boolean =>
  text(span, 'asya.end') === 'happy-end' && durationS(span) > SLOW_S;
const isFailure = (span: TracedSpan): boolean =>
  ['error_end', 'retry_spent'].includes(text(span, OUTCOME)) ||
  text(span, 'asya.end') === 'error-end';

function durationS(span: TracedSpan): number {
  return Number(text(span, DURATION));
}

function text({ attributes }: TracedSpan | LogRecord, name: string): string {
  return String(attributes.get(name) ?? '');
}

/** One column per attribute that the query of the panel selects. */
function spanTable(
  spans: readonly TracedSpan[],
  { targets }: PanelJson,
  fromS: number,
  size: Size,
): EChartsOption {
  const selected = /select\((.*)\)/.exec(targets?.[0]?.query ?? '')?.[1]?.split(', ') ?? [];
  const columns = selected
    .map((name) => name.replace(/^span\./, ''))
    .map((title): Column<TracedSpan> => ({
      title,
      ...(title === JOURNEY && { width: 280 }),
      text: (span) => (title === DURATION ? formatValue(durationS(span), 's') : text(span, title)),
    }));
  const start = ({ startMs }: TracedSpan): string => formatElapsed(startMs / 1_000 - fromS);
  return tableChart([{ title: 'start', width: 60, text: start }, ...columns], spans, size);
}

/** The fields that distinguish the lines of one journey. */
const LOG_FIELDS = ['asya.outcome', 'asya.attempt', 'error.type', 'runtime_ms', 'duration_ms'];

function logTable(records: readonly LogRecord[], fromS: number, size: Size): EChartsOption {
  const fields = ({ attributes }: LogRecord): string =>
    LOG_FIELDS.filter((name) => attributes.has(name))
      .map((name) => `${name.replace('asya.', '')}=${attributes.get(name)}`)
      .join(' ');
  return tableChart(
    [
      { title: 'time', width: 80, text: ({ timeMs }) => formatElapsed(timeMs / 1_000 - fromS, 3) },
      { title: 'level', width: 60, text: ({ severity }) => severity.toLowerCase() },
      { title: 'actor', width: 110, text: (record) => text(record, 'asya.actor') },
      { title: 'message', width: 180, text: ({ message }) => message },
      { title: 'fields', text: fields },
    ],
    records,
    size,
  );
}
