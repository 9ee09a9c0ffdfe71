import type { Readable } from 'node:stream';
import { readLines } from '../../input/lines.ts';
import type { TracedSpan } from './otlp.ts';
import { SpanReader } from './spanReader.ts';
import { StringPool } from './stringPool.ts';

/** Collects the spans of trace files of any size. */
export class SpanCollector {
  readonly #spans: TracedSpan[] = [];
  readonly #reader = new SpanReader(new StringPool());

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
      const found = this.#reader.read(line);
      if (found !== undefined) for (const span of found) this.#spans.push(span);
      else if (count++ === 0) firstLine = number;
    }
    return { firstLine, count };
  }
}

export interface SkippedLines {
  /** The number of the first skipped line, from 1. */
  readonly firstLine: number;
  readonly count: number;
}
