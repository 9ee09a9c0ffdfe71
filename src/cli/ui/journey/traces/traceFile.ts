import { createSleep, delayAfter, type Backoff } from '../../../../backoff.ts';
import { messageOf } from '../../../../faults.ts';
import { MINUTE, SECOND } from '../../../../units.ts';
import { splitInput } from '../../../input/lines.ts';
import { SpanReader } from '../../../trace/spans/spanReader.ts';
import { StringPool } from '../../../trace/spans/stringPool.ts';
import { followFile } from './followFile.ts';
import type { SpanStore } from './spanStore.ts';

export interface TraceFileOptions {
  readonly store: SpanStore;
  /** Milliseconds between two looks at a file. @default 1 s */
  readonly pollMs?: number;
  readonly maxBacklogBytes?: number;
  /** Called when everything in the file has been read. */
  readonly onIdle?: () => void;
}

const POLL_MS = SECOND;
/** A file that cannot be read may be large, and is read from its beginning each time. */
const BACKOFF: Backoff = { minMs: 2 * SECOND, maxMs: MINUTE, jitter: 0 };
const MAX_STRINGS = 50_000;

/** Follows a trace file from `start` to `stop`, also one that does not exist yet. */
export class TraceFile {
  readonly path: string;
  readonly #options: TraceFileOptions;
  readonly #reader = new SpanReader(new StringPool(MAX_STRINGS));
  readonly #stop = new AbortController();
  #problem: string | undefined;
  #skippedBytes = 0;
  #requests = 0;
  #invalidLines = 0;

  constructor(path: string, options: TraceFileOptions) {
    this.path = path;
    this.#options = options;
  }

  /** Why the file is not read, or why it adds nothing. */
  get problem(): string | undefined {
    if (this.#problem !== undefined) return this.#problem;
    if (this.#invalidLines === 0 || this.#requests > 0) return undefined;
    return 'no line is an OTLP request in JSON';
  }

  /** The number of bytes at the beginning of the file that were left out. */
  get skippedBytes(): number {
    return this.#skippedBytes;
  }

  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    const sleep = createSleep(this.#stop.signal);
    const { pollMs = POLL_MS } = this.#options;
    for (let failures = 0; !this.#stop.signal.aborted;) {
      const hasFailed = await this.#follow();
      failures = hasFailed ? failures + 1 : 0;
      const delayMs = hasFailed ? delayAfter(failures, BACKOFF) : pollMs;
      // The sleep rejects when the file is not followed any more; the loop then ends.
      await sleep(delayMs).catch(() => undefined);
    }
  }

  /** Reads until the file is truncated or replaced. Returns whether it cannot be read. */
  async #follow(): Promise<boolean> {
    this.#skippedBytes = 0;
    // A decompressor that fails does not end the loop that waits for more of its input.
    const end = new AbortController();
    try {
      for await (const line of splitInput(this.#read(end.signal))) this.#add(line);
      return false;
    } catch (error) {
      const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      this.#problem = isAbsent ? 'the file does not exist yet' : messageOf(error);
      return !isAbsent;
    } finally {
      end.abort();
    }
  }

  #read(end: AbortSignal): AsyncGenerator<Buffer> {
    const { pollMs = POLL_MS, maxBacklogBytes, onIdle } = this.#options;
    return followFile(this.path, {
      sleep: createSleep(AbortSignal.any([end, this.#stop.signal])),
      pollMs,
      ...(maxBacklogBytes === undefined ? {} : { maxBacklogBytes }),
      onSkip: (bytes) => (this.#skippedBytes += bytes),
      onIdle: () => {
        if (end.aborted) return;
        this.#problem = undefined;
        onIdle?.();
      },
    });
  }

  #add(line: string): void {
    if (line.trim() === '') return;
    const spans = this.#reader.read(line);
    if (spans === undefined) {
      this.#invalidLines++;
      return;
    }
    this.#requests++;
    for (const span of spans) this.#options.store.add(span, this.path);
  }
}
