/** A piece of SVG as text. */
export type Svg = string;

export type Attributes = Readonly<Record<string, string | number>>;

export function element(name: string, attributes: Attributes, ...content: Svg[]): Svg {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${attribute(value)}"`);
  const open = `<${name}${written.join('')}`;
  return content.length === 0 ? `${open}/>` : `${open}>${content.join('')}</${name}>`;
}

export function text(x: number, y: number, content: string, attributes: Attributes = {}): Svg {
  return element('text', { x, y, ...attributes }, escaped(content));
}

/** As much of a text as fits into a width, in pixels. */
export function fitting(content: string, width: number, fontSize = 12): string {
  const letters = Math.floor(width / (fontSize * 0.55));
  return content.length <= letters ? content : `${content.slice(0, Math.max(letters - 1, 0))}…`;
}

export function line(points: readonly Point[]): string {
  return points
    .map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${short(x)} ${short(y)}`)
    .join('');
}

/** Without the points in the middle of level stretches, which a line passes anyway. */
export function withoutMiddles(points: readonly Point[]): Point[] {
  const heights = points.map(([, y]) => short(y));
  return points.filter(
    (_, at) => heights[at] !== heights[at - 1] || heights[at] !== heights[at + 1],
  );
}

/** Rectangles as one path. */
export function boxes(places: readonly Point[], width: number, height: number): string {
  const box = `h${short(width)}v${short(height)}h${short(-width)}z`;
  return places.map(([x, y]) => `M${short(x)} ${short(y)}${box}`).join('');
}

export type Point = readonly [x: number, y: number];

function attribute(value: string | number): string {
  return typeof value === 'number' ? short(value) : escaped(value);
}

/** A tenth of a pixel is enough. */
function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
