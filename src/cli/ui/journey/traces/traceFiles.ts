import type { TraceSource } from '../../server/contract.ts';
import { SpanStore, type SpanStoreOptions } from './spanStore.ts';
import { findActors, type TracedActors } from './tracedActors.ts';
import { TraceFile, type TraceFileOptions } from './traceFile.ts';

export interface TraceFilesOptions
  extends SpanStoreOptions, Pick<TraceFileOptions, 'pollMs' | 'maxBacklogBytes' | 'onIdle'> {
  readonly files: readonly string[];
}

/** A bound for the work of `named`: about 5 ms. */
const NAMING_SPANS = 2_000;

/** Follows the trace files of `--traces`, and keeps the newest spans of all of them. */
export class TraceFiles {
  readonly store: SpanStore;
  readonly #files: readonly TraceFile[];

  constructor({ files, maxSpans, maxBytes, ...options }: TraceFilesOptions) {
    this.store = new SpanStore({
      ...(maxSpans === undefined ? {} : { maxSpans }),
      ...(maxBytes === undefined ? {} : { maxBytes }),
    });
    this.#files = [...new Set(files)].map(
      (file) => new TraceFile(file, { ...options, store: this.store }),
    );
  }

  /** Begins to read. Files that do not exist yet, or cannot be read, are tried again. */
  start(): void {
    for (const file of this.#files) file.start();
  }

  stop(): void {
    for (const file of this.#files) file.stop();
  }

  /** The actors in the newest spans, and their edges. */
  named(): TracedActors {
    return findActors(this.store.newestSpans(NAMING_SPANS));
  }

  sources(): readonly TraceSource[] {
    return this.#files.map((file) => {
      const { path, problem } = file;
      const gap = this.#gapOf(file);
      return {
        file: path,
        journeys: this.store.journeysIn(path),
        ...(gap === undefined ? {} : { gap }),
        ...(problem === undefined ? {} : { problem }),
      };
    });
  }

  #gapOf({ skippedBytes }: TraceFile): string | undefined {
    const { dropped, maxSpans } = this.store;
    if (dropped > 0) return `only the newest spans of all files are kept, at most ${maxSpans}`;
    if (skippedBytes === 0) return undefined;
    return `the first ${Math.ceil(skippedBytes / 1e6)} MB of the file were not read`;
  }
}
