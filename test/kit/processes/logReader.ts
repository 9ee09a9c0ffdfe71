import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export type LogLine = Readonly<Record<string, unknown>>;

/** Reads the JSON log of a process. */
export class LogReader {
  /** The lines at level `error` so far. */
  readonly errors: LogLine[] = [];
  readonly #lines: LogLine[] = [];
  readonly #waiting: (() => void)[] = [];

  constructor(output: Readable) {
    createInterface(output).on('line', (text) => {
      const line = JSON.parse(text) as LogLine;
      this.#lines.push(line);
      if (line['level'] === 'error') this.errors.push(line);
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  /** Removes and returns the next line with this message. Waits until there is one. */
  async take(message: string): Promise<LogLine> {
    for (;;) {
      const index = this.#lines.findIndex(({ msg }) => msg === message);
      const [line] = index < 0 ? [] : this.#lines.splice(index, 1);
      if (line !== undefined) return line;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Counts the lines with this message that `take` has not removed. */
  count(message: string): number {
    return this.#lines.filter(({ msg }) => msg === message).length;
  }
}
