import type { JaegerSpan } from './jaegerTrace.ts';

/** A span of a drawing with the spans below it. */
interface Branch {
  readonly label: string;
  readonly children: readonly Branch[];
}

/**
 * Draws the spans of a journey as trees, for comparison with a drawing in a test. Siblings are in
 * the order of their drawings, because their times differ between runs; equal siblings are drawn
 * once, with their number.
 *
 *     infer: process infer · attempt=1 · outcome=fanout
 *       infer: call infer · attempt=1
 *       infer: publish post · kind=fanout × 4
 *
 * @param tags shown if present, in this order, by the last part of their names
 */
export function drawJaegerSpans(spans: readonly JaegerSpan[], tags: readonly string[]): string {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const children = Map.groupBy(spans, ({ parentSpanId = '' }) =>
    byId.has(parentSpanId) ? parentSpanId : '',
  );
  const branchesBelow = (spanId: string): Branch[] =>
    (children.get(spanId) ?? []).map((span) => ({
      label: describe(span, byId, tags),
      children: branchesBelow(span.spanId),
    }));
  return draw(branchesBelow(''));
}

/** Draws a drawing again, with its siblings in order. */
export function sortDrawing(text: string): string {
  return draw(readBranches(text.split('\n')));
}

/** Whether Jaeger's page shows the span as failed. */
export function isRed({ tags }: JaegerSpan): boolean {
  const error = tags.get('error');
  return error === true || error === 'true';
}

function draw(branches: readonly Branch[]): string {
  return drawAll(branches).join('\n');
}

function drawAll(branches: readonly Branch[]): string[] {
  const drawings = branches.map(({ label, children }) =>
    [label, ...drawAll(children).map((text) => text.replaceAll(/^/gm, '  '))].join('\n'),
  );
  return [...Map.groupBy(drawings.toSorted(), (text) => text)].map(([text, { length }]) =>
    length === 1 ? text : text.replace(/$/m, ` × ${length}`),
  );
}

/** Reads the lines of a drawing. A line belongs to the line above it with a smaller indentation. */
function readBranches(lines: readonly string[]): Branch[] {
  const branches: Branch[] = [];
  const roots = lines.flatMap((line, index) => (line.startsWith(' ') ? [] : [index]));
  for (const [position, start] of roots.entries()) {
    const below = lines.slice(start + 1, roots[position + 1]).map((line) => line.slice(2));
    branches.push({ label: lines[start] ?? '', children: readBranches(below) });
  }
  return branches;
}

function describe(
  span: JaegerSpan,
  byId: ReadonlyMap<string, JaegerSpan>,
  tags: readonly string[],
): string {
  const shown = tags.flatMap((name) => {
    const value = span.tags.get(name);
    return value === undefined ? [] : [`${name.split('.').at(-1)}=${String(value)}`];
  });
  const links = span.links.flatMap(({ spanId }) => {
    const target = byId.get(spanId);
    return target === undefined ? [] : [`link -> ${target.name}`];
  });
  const failed = isRed(span) ? ['red'] : [];
  return [`${span.service}: ${span.name}`, ...shown, ...links, ...failed].join(' · ');
}
