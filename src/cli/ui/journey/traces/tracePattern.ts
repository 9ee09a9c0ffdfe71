import { existsSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { createSleep } from '../../../../backoff.ts';
import { messageOf } from '../../../../faults.ts';
import { SECOND } from '../../../../units.ts';
import type { TraceFile } from './traceFile.ts';

export interface TracePatternOptions {
  readonly createFile: (path: string) => TraceFile;
  /** Milliseconds between two searches, or more for slow ones. @default 1 s */
  readonly pollMs?: number;
  /** The largest number of files. @default 1,000 */
  readonly maxFiles?: number;
}

const POLL_MS = SECOND;
const MAX_FILES = 1_000;
/** A search of a large tree takes at most a tenth of the time. */
const PAUSE_FACTOR = 9;

/** Whether a value of `--traces` is a pattern, such as `traces/*.jsonl`, and not a file. */
export function isPattern(value: string): boolean {
  return /[*?[{]/.test(value) && !existsSync(value);
}

/**
 * Follows the files that match a pattern, also those that appear later: a shell expands a pattern
 * once, and without a match, or without a shell, not at all.
 */
export class TracePattern {
  readonly pattern: string;
  readonly #options: TracePatternOptions;
  readonly #files = new Map<string, TraceFile>();
  readonly #stop = new AbortController();
  #problem: string | undefined;

  constructor(pattern: string, options: TracePatternOptions) {
    this.pattern = pattern;
    this.#options = options;
  }

  get files(): readonly TraceFile[] {
    return [...this.#files.values()];
  }

  /** Why no file, or not each file, is followed. */
  get problem(): string | undefined {
    return this.#problem;
  }

  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#stop.abort();
    for (const file of this.#files.values()) file.stop();
  }

  async #run(): Promise<void> {
    const sleep = createSleep(this.#stop.signal);
    const { pollMs = POLL_MS } = this.#options;
    while (!this.#stop.signal.aborted) {
      const startedAtMs = performance.now();
      await this.#search().catch((error: unknown) => {
        this.#problem = messageOf(error);
      });
      const tookMs = performance.now() - startedAtMs;
      // The sleep rejects when the files are not followed any more; the loop then ends.
      await sleep(Math.max(pollMs, PAUSE_FACTOR * tookMs)).catch(() => undefined);
    }
  }

  async #search(): Promise<void> {
    const { maxFiles = MAX_FILES } = this.#options;
    const found = new Set<string>();
    let isCut = false;
    for await (const path of glob(this.pattern)) {
      isCut = found.size === maxFiles;
      if (isCut || this.#stop.signal.aborted) break;
      found.add(path);
    }
    if (this.#stop.signal.aborted) return;
    this.#follow(found);
    this.#problem = isCut
      ? `more than ${maxFiles} files match; the others are not read`
      : found.size === 0
        ? 'no file matches yet'
        : undefined;
  }

  /** Follows new files, and forgets those that were removed. */
  #follow(found: ReadonlySet<string>): void {
    for (const [path, file] of this.#files) {
      if (found.has(path)) continue;
      file.stop();
      this.#files.delete(path);
    }
    for (const path of found) {
      if (this.#files.has(path)) continue;
      const file = this.#options.createFile(path);
      this.#files.set(path, file);
      file.start();
    }
  }
}
