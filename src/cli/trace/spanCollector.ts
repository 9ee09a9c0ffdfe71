import type { Readable } from 'node:stream';
import { readLines } from '../input/lines.ts';
import { ATTRIBUTE } from './attributes.ts';
import { readRequest, type AttributeValue, type TracedSpan } from './otlp.ts';

/**
 * Collects the spans of trace files of any size. It keeps only the attributes that a drawing needs,
 * and one copy of each string that many spans share.
 */
export class SpanCollector {
  readonly #spans: TracedSpan[] = [];
  readonly #strings = new Map<string, string>();

  get spans(): readonly TracedSpan[] {
    return this.#spans;
  }

  /**
   * Adds the spans of a file, one OTLP request a line.
   * @param file `-` is standard input
   * @returns the numbers of the lines that were skipped because they are not OTLP requests; a
   * process that was killed leaves an incomplete line
   * @throws when the file cannot be read
   */
  async readFile(file: string, stdin: Readable): Promise<readonly number[]> {
    const skipped: number[] = [];
    let number = 0;
    for await (const line of readLines(file, stdin)) {
      number++;
      if (line.trim() === '') continue;
      const found = readRequest(line);
      if (found === undefined) skipped.push(number);
      else for (const span of found) this.#spans.push(this.#compact(span));
    }
    return skipped;
  }

  #compact(span: TracedSpan): TracedSpan {
    const kept = [...span.attributes].filter(([name]) => DRAWN.has(name));
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
    if (typeof value !== 'string') return value;
    const known = this.#strings.get(value);
    if (known === undefined) this.#strings.set(value, value);
    return known ?? value;
  }
}

/** The attributes that a drawing needs. */
const DRAWN: ReadonlySet<string> = new Set([
  ATTRIBUTE.journeyId,
  ATTRIBUTE.actor,
  ATTRIBUTE.attempt,
  ATTRIBUTE.outcome,
  ATTRIBUTE.end,
  ATTRIBUTE.dispatchKind,
  ATTRIBUTE.errorType,
]);

const NO_ATTRIBUTES: ReadonlyMap<string, AttributeValue> = new Map();
const NO_LINKS: TracedSpan['links'] = [];
