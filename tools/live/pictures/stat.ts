import { TEXT } from './colors.ts';
import { noData } from './graph.ts';
import { colorOf, fieldOf, lastOf, textOf, type Area, type FilledPanel } from './panel.ts';
import { text, type Svg } from './svg.ts';

/** One big number as it is at the end, or the names of the series. */
export function drawStat({ panel, series, toS }: FilledPanel, area: Area): Svg {
  const now = series.filter((one) => lastOf(one, toS) !== undefined);
  const [first] = now;
  const value = first === undefined ? undefined : lastOf(first, toS);
  if (value === undefined) return noData(panel, area);
  if (panel.options?.textMode === 'name')
    return big(now.map(({ name }) => name).join(', '), TEXT, area);
  const field = fieldOf(panel);
  const fill = panel.options?.colorMode === 'none' ? TEXT : colorOf(value, field);
  return big(textOf(value, field), fill, area);
}

function big(content: string, fill: string, { x, y, width, height }: Area): Svg {
  const size = Math.min(44, (width * 1.5) / Math.max(content.length, 1));
  const attributes = { fill, 'font-size': size, 'font-weight': 600, 'text-anchor': 'middle' };
  return text(x + width / 2, y + height * 0.45 + size * 0.3, content, attributes);
}
