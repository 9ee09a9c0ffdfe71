import { MIB } from '../../units.ts';
import type { ArchiveOutput } from './archiveOutput.ts';

const MAX_BATCH_LINES = 1_000;
const MAX_BATCH_BYTES = 4 * MIB;

/**
 * Writes lines durably, many at a time: while one batch is written, the next one collects. A batch
 * waits for no further lines, so that its age is bounded by the time of one write.
 */
export class LineArchive {
  readonly #output: ArchiveOutput;
  #waiting: Entry[] = [];
  #isWriting = false;
  #failure: { readonly error: unknown } | undefined;
  #count = 0;

  constructor(output: ArchiveOutput) {
    this.#output = output;
  }

  /** The number of durable lines. */
  get count(): number {
    return this.#count;
  }

  /**
   * Resolves when the line is durable.
   * @param encode returns the line with its line break; called when the line is written
   * @throws the error of the first batch that could not be written, for all later lines as well
   */
  append(encode: () => Buffer): Promise<void> {
    const written = Promise.withResolvers<void>();
    this.#waiting.push({ encode, written });
    if (!this.#isWriting) void this.#writeAll();
    return written.promise;
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) await this.#writeBatch();
    this.#isWriting = false;
  }

  async #writeBatch(): Promise<void> {
    const batch: Entry[] = [];
    try {
      if (this.#failure !== undefined) throw this.#failure.error;
      await this.#output.write(this.#takeLines(batch));
      this.#count += batch.length;
      for (const { written } of batch) written.resolve();
    } catch (error) {
      this.#failure ??= { error };
      const failed = [...batch, ...this.#waiting.splice(0)];
      for (const { written } of failed) written.reject(error);
    }
  }

  /** @param batch receives the entries of the lines */
  #takeLines(batch: Entry[]): readonly Buffer[] {
    const lines: Buffer[] = [];
    let sizeBytes = 0;
    for (const entry of this.#waiting) {
      if (batch.length === MAX_BATCH_LINES || sizeBytes >= MAX_BATCH_BYTES) break;
      batch.push(entry);
      const line = entry.encode();
      lines.push(line);
      sizeBytes += line.length;
    }
    this.#waiting = this.#waiting.slice(batch.length);
    return lines;
  }
}

interface Entry {
  readonly encode: () => Buffer;
  readonly written: PromiseWithResolvers<void>;
}
