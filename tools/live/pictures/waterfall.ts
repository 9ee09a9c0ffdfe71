import type { EChartsOption } from 'echarts';
import type { TracedSpan } from '../../../src/cli/trace/spans/otlp.ts';
import { FAINT, namedColor, TEXT } from './theme.ts';
import { formatValue } from './units.ts';

/** The spans of one trace, in the order of their start, as bars over time; failed ones are red. */
export function waterfallChart(spans: readonly TracedSpan[]): EChartsOption {
  const depthOf = ({ parentSpanId }: TracedSpan): number => {
    const parent = spans.find(({ spanId }) => spanId === parentSpanId);
    return parent === undefined ? 0 : depthOf(parent) + 1;
  };
  const offsetsMs = spans.map(({ startMs }) => startMs - (spans[0]?.startMs ?? 0));
  const durationOf = ({ value }: { value?: unknown }): string => milliseconds(Number(value));
  return {
    grid: { left: 300, right: 90, top: 64, height: 30 * spans.length },
    xAxis: { type: 'value', position: 'top', axisLabel: { formatter: milliseconds } },
    yAxis: {
      type: 'category',
      inverse: true,
      data: spans.map((span) => '\u2003'.repeat(depthOf(span)) + span.name),
      axisLabel: { color: TEXT, align: 'left', margin: 288 },
      splitLine: { show: false },
    },
    series: [
      // Each span is stacked on an invisible bar, its offset from the start of the trace.
      { type: 'bar', stack: 'span', color: 'transparent', data: offsetsMs },
      {
        type: 'bar',
        stack: 'span',
        barMinHeight: 2,
        label: { show: true, position: 'right', color: FAINT, formatter: durationOf },
        data: spans.map((span) => ({
          value: span.endMs - span.startMs,
          itemStyle: { color: namedColor(span.failed ? 'red' : 'blue') },
        })),
      },
    ],
  };
}

function milliseconds(value: number): string {
  return formatValue(value / 1_000, 's');
}
