import { init, type EChartsOption } from 'echarts';

/** A fragment of SVG. */
export type Svg = string;

export interface Size {
  readonly width: number;
  readonly height: number;
}

const FONT = 'Inter, Helvetica, Arial, sans-serif';

/** Renders a chart without a browser; the result is an `<svg>` element. */
export function renderSvg(option: EChartsOption, size: Size): Svg {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size });
  try {
    chart.setOption({ animation: false, textStyle: { fontFamily: FONT }, ...option });
    const svg = compact(chart.renderToSVGString());
    return svg.replace('<svg ', `<svg font-family="${FONT}" `);
  } finally {
    chart.dispose();
  }
}

/**
 * Removes what only an interactive page needs, and rounds coordinates to a tenth of a pixel. The
 * result has about half the size.
 */
function compact(svg: Svg): Svg {
  return svg
    .replaceAll(/<style\s*>.*?<\/style>/gs, '')
    .replaceAll(/ (?:ecmeta_\w+|class|pointer-events|xml:space|baseProfile|version)="[^"]*"/g, '')
    .replaceAll(/ xmlns:xlink="[^"]*"/g, '')
    .replaceAll(/font-family:[^;"]*;?/g, '')
    .replaceAll(/<path [^>]*fill="rgb\(0,0,0\)" fill-opacity="0"[^>]*><\/path>/g, '')
    .replaceAll(/<path d="[^"]*"(?: transform="[^"]*")? fill="none"><\/path>/g, '')
    .replaceAll(/<[^>]*>/g, roundNumbers)
    .replaceAll(/><\/(?:path|rect|circle)>/g, '/>')
    .replaceAll(/\n+/g, '\n')
    .trim();
}

/**
 * Keeps the digits of arcs, because a full circle is an arc that ends close to its start, and of
 * elements that a transformation scales or rotates.
 */
function roundNumbers(tag: string): string {
  if (/ d="[^"]*A| transform="[^"]*(?:scale|rotate|matrix)/.test(tag)) return tag;
  return tag.replaceAll(/-?\d+\.\d+/g, (number) => String(Math.round(Number(number) * 10) / 10));
}
