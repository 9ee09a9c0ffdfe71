import { createReadStream } from 'node:fs';
import { ATTRIBUTE } from './attributes.ts';
import { readRequest, type AttributeValue, type TracedSpan } from './otlp.ts';

/** Collects the spans of files of any size, line by line, without what a drawing does not need. */
export interface SpanCollector {
  readonly spans: readonly TracedSpan[];
  /**
   * Adds the spans of a file.
   * @returns the numbers of the lines that are not OTLP requests; a process that was killed leaves
   * half a line
   */
  readFile(path: string): Promise<readonly number[]>;
}

export function createSpanCollector(): SpanCollector {
  const spans: TracedSpan[] = [];
  const compact = createCompactor();
  return {
    spans,
    async readFile(path) {
      const badLines: number[] = [];
      let number = 0;
      for await (const line of linesOf(path)) {
        number++;
        if (line.trim() === '') continue;
        const found = readRequest(line);
        if (found === undefined) badLines.push(number);
        else for (const span of found) spans.push(compact(span));
      }
      return badLines;
    },
  };
}

const LINE_FEED = 0x0a;

/**
 * Only a line feed ends a line: JSON may hold other line ends of Unicode, at which `node:readline`
 * splits.
 */
async function* linesOf(path: string): AsyncGenerator<string> {
  let pieces: Buffer[] = [];
  for await (const chunk of createReadStream(path, {
    highWaterMark: 1024 * 1024,
  }) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      pieces.push(chunk.subarray(start, end));
      yield textOf(pieces);
      pieces = [];
      start = end + 1;
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start));
  }
  yield textOf(pieces);
}

function textOf(pieces: readonly Buffer[]): string {
  const [first] = pieces;
  return (first !== undefined && pieces.length === 1 ? first : Buffer.concat(pieces)).toString(
    'utf8',
  );
}

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

/** Keeps the attributes that are drawn, and one copy of each text that many spans share. */
function createCompactor(): (span: TracedSpan) => TracedSpan {
  const texts = new Map<string, string>();
  const shared = <T extends AttributeValue | undefined>(value: T): T | string => {
    if (typeof value !== 'string') return value;
    const known = texts.get(value);
    if (known === undefined) texts.set(value, value);
    return known ?? value;
  };

  return (span) => {
    const kept = [...span.attributes].filter(([name]) => DRAWN.has(name));
    return {
      ...span,
      traceId: shared(span.traceId),
      name: shared(span.name),
      attributes:
        kept.length === 0
          ? NO_ATTRIBUTES
          : new Map(kept.map(([name, value]) => [name, shared(value)])),
      links: span.links.length === 0 ? NO_LINKS : span.links,
    };
  };
}

const NO_LINKS: TracedSpan['links'] = [];
