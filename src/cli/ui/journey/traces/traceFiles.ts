import type { TraceSource } from '../../server/contract.ts';
import { SpanStore, type SpanStoreOptions } from './spanStore.ts';
import { findActors, type TracedActors } from './tracedActors.ts';
import { TraceFile, type TraceFileOptions } from './traceFile.ts';
import { isPattern, TracePattern, type TracePatternOptions } from './tracePattern.ts';

export interface TraceFilesOptions
  extends
    SpanStoreOptions,
    Pick<TraceFileOptions, 'pollMs' | 'maxBacklogBytes' | 'onIdle'>,
    Pick<TracePatternOptions, 'maxFiles'> {
  /** Paths, and patterns such as `traces/*.jsonl`. */
  readonly files: readonly string[];
}

/** A bound for the work of `named`: about 5 ms. */
const NAMING_SPANS = 2_000;

/** Follows the trace files of `--traces`, and keeps the newest spans of all of them. */
export class TraceFiles {
  readonly store: SpanStore;
  readonly #files: readonly TraceFile[];
  readonly #patterns: readonly TracePattern[];

  constructor({ files, maxSpans, maxBytes, maxFiles, ...options }: TraceFilesOptions) {
    this.store = new SpanStore({
      ...(maxSpans === undefined ? {} : { maxSpans }),
      ...(maxBytes === undefined ? {} : { maxBytes }),
    });
    const createFile = (path: string): TraceFile =>
      new TraceFile(path, { ...options, store: this.store });
    const patternOptions = {
      createFile,
      ...(options.pollMs === undefined ? {} : { pollMs: options.pollMs }),
      ...(maxFiles === undefined ? {} : { maxFiles }),
    };
    const values = [...new Set(files)];
    this.#files = values.filter((value) => !isPattern(value)).map(createFile);
    this.#patterns = values
      .filter((value) => isPattern(value))
      .map((pattern) => new TracePattern(pattern, patternOptions));
  }

  /** Begins to read. Files that do not exist yet, or cannot be read, are tried again. */
  start(): void {
    for (const source of [...this.#files, ...this.#patterns]) source.start();
  }

  stop(): void {
    for (const source of [...this.#files, ...this.#patterns]) source.stop();
  }

  /** The actors in the newest spans, and their edges. */
  named(): TracedActors {
    return findActors(this.store.newestSpans(NAMING_SPANS));
  }

  sources(): readonly TraceSource[] {
    const patterns = this.#patterns.flatMap(({ pattern, problem, files }) => [
      ...(problem === undefined ? [] : [{ file: pattern, journeys: 0, problem }]),
      ...files.map((file) => this.#describe(file)),
    ]);
    return [...this.#files.map((file) => this.#describe(file)), ...patterns];
  }

  #describe(file: TraceFile): TraceSource {
    const { path, problem } = file;
    const gap = this.#gapOf(file);
    return {
      file: path,
      journeys: this.store.journeysIn(path),
      ...(gap === undefined ? {} : { gap }),
      ...(problem === undefined ? {} : { problem }),
    };
  }

  #gapOf({ skippedBytes }: TraceFile): string | undefined {
    const { dropped, maxSpans } = this.store;
    if (dropped > 0) return `only the newest spans of all files are kept, at most ${maxSpans}`;
    if (skippedBytes === 0) return undefined;
    return `the first ${Math.ceil(skippedBytes / 1e6)} MB of the file were not read`;
  }
}
