import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

/**
 * Draws spans as trees, for comparison with a drawing in a test. Omits values that differ between
 * runs; siblings are in the order of their start.
 *
 *     publish infer · producer
 *       process infer · consumer · outcome=forward
 *
 * @param attributes shown if present, in this order, by the last part of their names
 */
export function drawSpans(
  spans: readonly ReadableSpan[],
  attributes: readonly string[] = [],
): string {
  const byId = new Map(spans.map((span) => [span.spanContext().spanId, span]));
  const ordered = spans.toSorted(byStart);
  const childrenOf = (parent: ReadableSpan | undefined): ReadableSpan[] =>
    ordered.filter((span) => byId.get(span.parentSpanContext?.spanId ?? '') === parent);
  const draw = (span: ReadableSpan, depth: number): string[] => [
    `${'  '.repeat(depth)}${describe(span, byId, attributes)}`,
    ...childrenOf(span).flatMap((child) => draw(child, depth + 1)),
  ];
  return childrenOf(undefined)
    .flatMap((root) => draw(root, 0))
    .join('\n');
}

/** Removes the common indentation of a drawing in a template string. */
export function drawing(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const indent = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(indent)).join('\n');
}

function describe(
  span: ReadableSpan,
  byId: ReadonlyMap<string, ReadableSpan>,
  attributes: readonly string[],
): string {
  const shown = attributes
    .filter((name) => span.attributes[name] !== undefined)
    .map((name) => `${name.split('.').at(-1)}=${String(span.attributes[name])}`);
  const links = span.links.flatMap(({ context, attributes }) => {
    const target = byId.get(context.spanId);
    const reason = attributes?.['asya.link'];
    return [`${typeof reason === 'string' ? reason : 'link'} -> ${target?.name ?? 'outside'}`];
  });
  const status =
    span.status.code === SpanStatusCode.ERROR ? [`error: ${span.status.message ?? ''}`] : [];
  return [span.name, SpanKind[span.kind].toLowerCase(), ...shown, ...links, ...status].join(' · ');
}

function byStart(a: ReadableSpan, b: ReadableSpan): number {
  return a.startTime[0] - b.startTime[0] || a.startTime[1] - b.startTime[1];
}
