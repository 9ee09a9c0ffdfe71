import type {
  CustomSeriesOption,
  EChartsOption,
  XAXisComponentOption,
  YAXisComponentOption,
} from 'echarts';
import type { TracedSpan } from '../../../src/cli/trace/otlp.ts';
import type { Size } from './renderSvg.ts';
import { AXIS_LABEL, FAINT, GRID, namedColor, SPLIT_LINE, TEXT } from './theme.ts';
import { formatValue } from './units.ts';

const NAME_WIDTH = 300;
const VALUE_WIDTH = 90;

/** The spans of one trace as bars over time, each below its parent. */
export function waterfallChart(spans: readonly TracedSpan[], { height }: Size): EChartsOption {
  const rows = rowsOf(spans);
  const startMs = Math.min(...spans.map((span) => span.startMs));
  const endMs = Math.max(...spans.map((span) => span.endMs));
  const rowHeight = Math.min((height - 90) / rows.length, 30);
  return {
    grid: {
      left: NAME_WIDTH,
      right: VALUE_WIDTH,
      top: 64,
      height: rowHeight * rows.length,
      outerBoundsMode: 'none',
    },
    xAxis: offsetAxis(endMs - startMs),
    yAxis: nameAxis(rows),
    series: [bars(rows, startMs)],
  };
}

function offsetAxis(durationMs: number): XAXisComponentOption {
  return {
    type: 'value',
    position: 'top',
    min: 0,
    max: durationMs,
    axisTick: { show: false },
    splitLine: SPLIT_LINE,
    axisLabel: { ...AXIS_LABEL, showMaxLabel: false, formatter: milliseconds },
  };
}

function nameAxis(rows: readonly SpanRow[]): YAXisComponentOption {
  return {
    type: 'category',
    inverse: true,
    data: rows.map((_, index) => index),
    axisLine: { lineStyle: { color: GRID } },
    axisTick: { show: false },
    axisLabel: {
      ...AXIS_LABEL,
      color: TEXT,
      fontSize: 12,
      interval: 0,
      align: 'left',
      margin: NAME_WIDTH - 12,
      width: NAME_WIDTH - 24,
      overflow: 'truncate',
      formatter: (_: string, index: number) => nameOf(rows[index]),
    },
  };
}

interface SpanRow {
  readonly span: TracedSpan;
  readonly depth: number;
}

/** Depth first; siblings in the order of their start. */
function rowsOf(spans: readonly TracedSpan[]): SpanRow[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const parentOf = ({ parentSpanId }: TracedSpan): string | undefined =>
    parentSpanId !== undefined && ids.has(parentSpanId) ? parentSpanId : undefined;
  const children = Map.groupBy(
    spans.toSorted((a, b) => a.startMs - b.startMs),
    parentOf,
  );
  const below = (parent: string | undefined, depth: number): SpanRow[] =>
    (children.get(parent) ?? []).flatMap((span) => [
      { span, depth },
      ...below(span.spanId, depth + 1),
    ]);
  return below(undefined, 0);
}

function nameOf(row: SpanRow | undefined): string {
  return row === undefined ? '' : `${'\u2003'.repeat(row.depth)}${row.span.name}`;
}

function bars(rows: readonly SpanRow[], startMs: number): CustomSeriesOption {
  return {
    type: 'custom',
    silent: true,
    clip: false,
    data: rows.map(({ span }, row) => [row, span.startMs - startMs, span.endMs - startMs]),
    encode: { x: [1, 2], y: 0 },
    renderItem: ({ dataIndex }, api) => {
      const span = rows[dataIndex]?.span;
      const [left = 0, middle = 0] = api.coord([api.value(1), dataIndex]);
      const [right = 0] = api.coord([api.value(2), dataIndex]);
      const [, next = 0] = api.coord([0, dataIndex + 1]);
      const height = (next - middle) * 0.6;
      const width = Math.max(right - left, 2);
      return {
        type: 'rect',
        shape: { x: left, y: middle - height / 2, width, height, r: 1 },
        style: { fill: span === undefined ? FAINT : colorOfSpan(span) },
        textContent: {
          type: 'text',
          style: {
            text: milliseconds(Number(api.value(2)) - Number(api.value(1))),
            fill: FAINT,
            fontSize: 11,
          },
        },
        textConfig: { position: 'right', distance: 6 },
      };
    },
  };
}

/** Failed spans are red; the others have the colour of their operation. */
function colorOfSpan({ name, failed }: TracedSpan): string {
  if (failed) return namedColor('red');
  const [operation = ''] = name.split(' ');
  return OPERATION_COLORS[operation] ?? namedColor('blue');
}

const OPERATION_COLORS: Readonly<Record<string, string>> = {
  process: namedColor('blue'),
  call: namedColor('green'),
  publish: namedColor('purple'),
};

function milliseconds(value: number): string {
  return formatValue(value / 1_000, 's');
}
