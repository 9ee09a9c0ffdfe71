import type { CustomSeriesOption, EChartsOption } from 'echarts';
import { colorOf, defaultsOf, type NamedSeries, type PanelContent } from './panelContent.ts';
import { AXIS_LABEL, TEXT } from './theme.ts';
import { timeAxis } from './timeAxis.ts';

const NAME_WIDTH = 190;

/** One bar per series, coloured by its state. */
export function stateTimelineChart(content: PanelContent): EChartsOption {
  return {
    grid: { left: NAME_WIDTH, right: 16, top: 36, bottom: 28, outerBoundsMode: 'none' },
    xAxis: timeAxis(content),
    yAxis: {
      type: 'category',
      inverse: true,
      data: content.series.map(({ name }) => name),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: {
        ...AXIS_LABEL,
        color: TEXT,
        width: NAME_WIDTH - 16,
        overflow: 'truncate',
        interval: 0,
      },
    },
    series: content.series.map((one, row) => bars(one, row, content)),
  };
}

function bars(
  one: NamedSeries,
  row: number,
  { panel, fromS, toS }: PanelContent,
): CustomSeriesOption {
  return {
    type: 'custom',
    silent: true,
    data: periodsOf(one).map(({ fromS: start, toS: end, value }) => [
      row,
      start - fromS,
      Math.min(end, toS) - fromS,
      value,
    ]),
    encode: { x: [1, 2], y: 0 },
    renderItem: (_, api) => {
      const [left = 0, middle = 0] = api.coord([api.value(1), row]);
      const [right = 0] = api.coord([api.value(2), row]);
      const [, next = 0] = api.coord([0, row + 1]);
      const height = (next - middle) * 0.8;
      return {
        type: 'rect',
        shape: { x: left, y: middle - height / 2, width: Math.max(right - left, 1), height },
        style: { fill: colorOf(Number(api.value(3)), defaultsOf(panel)), opacity: 0.8 },
      };
    },
  };
}

interface Period {
  readonly fromS: number;
  toS: number;
  readonly value: number;
}

/** Merges adjacent samples of the same value. */
function periodsOf({ points }: NamedSeries): Period[] {
  const stepS = Math.min(
    ...points.slice(1).map(([timeS], index) => timeS - (points[index]?.[0] ?? 0)),
  );
  const periods: Period[] = [];
  for (const [timeS, value] of points) {
    const last = periods.at(-1);
    if (last?.value === value && timeS - last.toS < stepS / 2) last.toS = timeS + stepS;
    else periods.push({ fromS: timeS, toS: timeS + stepS, value });
  }
  return periods;
}
