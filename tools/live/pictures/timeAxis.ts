import type { XAXisComponentOption } from 'echarts';
import type { PanelContent } from './panelContent.ts';
import { AXIS_LABEL, BORDER, SPLIT_LINE } from './theme.ts';
import { formatElapsed } from './units.ts';

/** Minutes since the start of the run. */
export function timeAxis({
  fromS,
  toS,
}: Pick<PanelContent, 'fromS' | 'toS'>): XAXisComponentOption {
  const durationS = toS - fromS;
  return {
    type: 'value',
    min: 0,
    max: durationS,
    interval: durationS > 180 ? 60 : 20,
    axisLine: { show: true, onZero: false, lineStyle: { color: BORDER } },
    axisTick: { show: false },
    splitLine: SPLIT_LINE,
    axisLabel: { ...AXIS_LABEL, showMaxLabel: false, formatter: formatElapsed },
  };
}
