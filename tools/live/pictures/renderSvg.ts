import { init, type EChartsOption } from 'echarts';
import { THEME } from './theme.ts';

/** A fragment of SVG. */
export type Svg = string;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Renders a chart without a browser; the result is an `<svg>` element. */
export function renderSvg(option: EChartsOption, size: Size): Svg {
  const chart = init(null, THEME, { renderer: 'svg', ssr: true, ...size });
  try {
    chart.setOption({ animation: false, ...option });
    const svg = compact(chart.renderToSVGString());
    return svg.replace('<svg ', `<svg font-family="${THEME.textStyle.fontFamily}" `);
  } finally {
    chart.dispose();
  }
}

/** Removes the parts of interactive pages, rounds coordinates, and joins paths of one style. */
function compact(svg: Svg): Svg {
  return svg
    .replaceAll(/<style\s*>.*?<\/style>/gs, '')
    .replaceAll(/ (?:ecmeta_\w+|class|pointer-events|xmlns:xlink)="[^"]*"|font-family:[^;"]*/g, '')
    .replaceAll(/<[^>]*>/g, roundNumbers)
    .replaceAll(/<path d="[^"]*("[^>]*><\/path>)(?:\n<path d="[^"]*\1)+/g, (paths, end: string) =>
      paths.replaceAll(`${end}\n<path d="`, ''),
    )
    .trim();
}

/** Keeps the digits of arcs, because a circle is an arc that ends close to its start. */
function roundNumbers(tag: string): string {
  if (/ d="[^"]*A| transform="[^"]*(?:scale|rotate|matrix)/.test(tag)) return tag;
  return tag.replaceAll(/-?\d+\.\d+/g, (number) => String(Math.round(Number(number) * 10) / 10));
}
