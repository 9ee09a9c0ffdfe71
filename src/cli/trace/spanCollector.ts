import type { Readable } from 'node:stream';
import { readLines } from '../input/lines.ts';
import { ATTRIBUTE } from './attributes.ts';
import { StringPool } from './stringPool.ts';
import { readRequest, type AttributeValue, type TracedSpan } from './otlp.ts';

/**
 * Collects the spans of trace files of any size. It keeps only the attributes that a drawing needs,
 * and one copy of each string that many spans share.
 */
export class SpanCollector {
  readonly #spans: TracedSpan[] = [];
  readonly #strings = new StringPool();

  get spans(): readonly TracedSpan[] {
    return this.#spans;
  }

  /**
   * Adds the spans of a file, one OTLP request a line.
   * @param file `-` is standard input
   * @returns the lines that were skipped because they are not OTLP requests; a process that was
   * killed leaves an incomplete line
   * @throws when the file cannot be read
   */
  async readFile(file: string, stdin: Readable): Promise<SkippedLines> {
    let firstLine = 0;
    let count = 0;
    let number = 0;
    for await (const line of readLines(file, stdin)) {
      number++;
      if (line.trim() === '') continue;
      const found = readRequest(line);
      if (found !== undefined) for (const span of found) this.#spans.push(this.#compact(span));
      else if (count++ === 0) firstLine = number;
    }
    return { firstLine, count };
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

export interface SkippedLines {
  /** The number of the first skipped line, from 1. */
  readonly firstLine: number;
  readonly count: number;
}

/** The attributes that a drawing needs. Most envelopes have the id of their journey, kept once. */
const DRAWN: ReadonlySet<string> = new Set(Object.values(ATTRIBUTE));

const NO_ATTRIBUTES: ReadonlyMap<string, AttributeValue> = new Map();
const NO_LINKS: TracedSpan['links'] = [];
