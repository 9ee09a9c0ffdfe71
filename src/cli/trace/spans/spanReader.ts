import { ATTRIBUTE } from './attributes.ts';
import { readRequest, type AttributeValue, type TracedSpan } from './otlp.ts';
import type { StringPool } from './stringPool.ts';

/**
 * Reads the spans of a trace file line by line. It keeps only the attributes that a drawing needs,
 * and one copy of each string that many spans share.
 */
export class SpanReader {
  readonly #strings: StringPool;

  constructor(strings: StringPool) {
    this.#strings = strings;
  }

  /** Reads the spans of one line; undefined when the line is not an OTLP request. */
  read(line: string): readonly TracedSpan[] | undefined {
    return readRequest(line)?.map((span) => this.#compact(span));
  }

  #compact(span: TracedSpan): TracedSpan {
    const journeyId = span.attributes.get(ATTRIBUTE.journeyId);
    const kept = [...span.attributes].filter(
      ([name, value]) => DRAWN.has(name) && (name !== ATTRIBUTE.envelopeId || value !== journeyId),
    );
    const attributes = kept.map(([name, value]) => [name, this.#shared(value)] as const);
    return {
      ...span,
      traceId: this.#shared(span.traceId),
      name: this.#shared(span.name),
      attributes: attributes.length === 0 ? NO_ATTRIBUTES : new Map(attributes),
      links: span.links.length === 0 ? NO_LINKS : span.links,
    };
  }

  #shared<T extends AttributeValue>(value: T): T | string {
    return typeof value === 'string' ? this.#strings.share(value) : value;
  }
}

/** The attributes that a drawing needs. Most envelopes have the id of their journey, kept once. */
const DRAWN: ReadonlySet<string> = new Set(Object.values(ATTRIBUTE));

const NO_ATTRIBUTES: ReadonlyMap<string, AttributeValue> = new Map();
const NO_LINKS: TracedSpan['links'] = [];
