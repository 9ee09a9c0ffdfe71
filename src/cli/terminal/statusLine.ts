import type { WriteStream } from 'node:tty';

/** A line of a terminal that each call overwrites. Nothing is written to other outputs. */
export class StatusLine {
  readonly #output: StatusOutput;
  readonly #nowMs: () => number;
  #shownAtMs = Number.NEGATIVE_INFINITY;
  #isShown = false;

  constructor(output: StatusOutput, nowMs = (): number => performance.now()) {
    this.#output = output;
    this.#nowMs = nowMs;
  }

  /** Drops a text that follows too soon. A longer text than the line is cut. */
  show(text: string): void {
    if (this.#output.isTTY !== true) return;
    const nowMs = this.#nowMs();
    if (nowMs - this.#shownAtMs < MIN_INTERVAL_MS) return;
    this.#shownAtMs = nowMs;
    this.#isShown = true;
    this.#output.write(`\r${text.slice(0, this.#output.columns - 1)}${ERASE_TO_END}`);
  }

  clear(): void {
    if (this.#isShown) this.#output.write(`\r${ERASE_TO_END}`);
    this.#isShown = false;
  }
}

export type StatusOutput = Pick<WriteStream, 'write' | 'columns'> & { readonly isTTY?: boolean };

const MIN_INTERVAL_MS = 100;

/** ECMA-48: erases the line from the cursor to its end. */
const ERASE_TO_END = '\x1b[K';
