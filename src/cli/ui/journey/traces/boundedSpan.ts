import { truncatedCopy } from '../../../../unicode.ts';
import { KIB } from '../../../../units.ts';
import type { AttributeValue, TracedSpan } from '../../../trace/spans/otlp.ts';

const MAX_TEXT_LENGTH = 4 * KIB;
/** The memory of a span without its texts. */
const SPAN_BYTES = 600;

/** Truncates the texts of a span, which come from messages and may be of any length. */
export function withBoundedTexts(span: TracedSpan): TracedSpan {
  const { name, message = '', attributes } = span;
  const texts = [name, message, ...attributes.values()];
  if (texts.every((text) => String(text).length <= MAX_TEXT_LENGTH)) return span;
  const entries = [...attributes].map(([key, value]) => [key, bounded(value)] as const);
  return {
    ...span,
    name: bounded(name),
    message: span.message && bounded(span.message),
    attributes: new Map(entries),
  };
}

function bounded<T extends AttributeValue>(value: T): T | string {
  return typeof value === 'string' ? truncatedCopy(value, MAX_TEXT_LENGTH) : value;
}

/** Estimates the memory of a span from the length of its texts. */
export function bytesOf({ name, message = '', attributes, links }: TracedSpan): number {
  let length = name.length + message.length;
  for (const [, value] of attributes) if (typeof value === 'string') length += value.length;
  return SPAN_BYTES + 2 * length + 100 * links.length;
}
