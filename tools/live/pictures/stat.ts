import type { EChartsOption } from 'echarts';
import { colorOf, defaultsOf, lastValue, textOf, type PanelContent } from './panelContent.ts';
import type { Size } from './renderSvg.ts';
import { TEXT } from './theme.ts';

/** The value at the end of the time range, or the names of the series; undefined without data. */
export function statChart(
  { panel, series, toS }: PanelContent,
  size: Size,
): EChartsOption | undefined {
  const current = series.filter((one) => lastValue(one, toS) !== undefined);
  const value = current[0] === undefined ? undefined : lastValue(current[0], toS);
  if (value === undefined) return undefined;
  const format = defaultsOf(panel);
  const { textMode, colorMode } = panel.options ?? {};
  return textMode === 'name'
    ? bigText(current.map(({ name }) => name).join(', '), TEXT, size)
    : bigText(textOf(value, format), colorMode === 'none' ? TEXT : colorOf(value, format), size);
}

function bigText(text: string, fill: string, { width }: Size): EChartsOption {
  const fontSize = Math.min(40, (width * 1.5) / Math.max(text.length, 1));
  return {
    graphic: [
      {
        type: 'text',
        left: 'center',
        top: 54,
        style: { text, fill, fontSize, fontWeight: 600, verticalAlign: 'top' },
      },
    ],
  };
}
