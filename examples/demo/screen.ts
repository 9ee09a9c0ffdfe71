import { styleText } from 'node:util';
import type { Writable } from 'node:stream';

type Style = Parameters<typeof styleText>[0];
type Stream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

const DEFAULT_COLUMNS = 100;

/**
 * Prints lines. On a terminal, a status line below them is replaced in place. Colours follow the
 * terminal and `NO_COLOR`.
 */
export class Screen {
  readonly #stream: Stream;
  #hasStatus = false;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  get columns(): number {
    return this.#stream.columns ?? DEFAULT_COLUMNS;
  }

  get hasColour(): boolean {
    return this.paint('red', '-') !== '-';
  }

  /** Returns the text with the style, if the stream supports colours. */
  paint(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#stream });
  }

  print(line = ''): void {
    this.#clearStatus();
    this.#stream.write(`${line}\n`);
  }

  /** Replaces the status line. Does nothing unless the stream is a terminal. */
  status(line: string): void {
    if (!this.isTerminal) return;
    this.#clearStatus();
    this.#stream.write(line);
    this.#hasStatus = line !== '';
  }

  #clearStatus(): void {
    if (this.#hasStatus) this.#stream.write('\r\u001b[2K');
    this.#hasStatus = false;
  }
}
