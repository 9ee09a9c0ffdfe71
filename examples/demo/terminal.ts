import { stripVTControlCharacters, styleText } from 'node:util';
import type { Writable } from 'node:stream';

type Style = Parameters<typeof styleText>[0];

/**
 * Lines on a terminal, with a last one that is written again and again; plain text anywhere else.
 */
export interface Terminal {
  readonly isTty: boolean;
  readonly columns: number;
  /** Colours are wanted (`NO_COLOR` is honoured). */
  readonly hasColour: boolean;
  /** The text with colours, where they are wanted. */
  paint(style: Style, text: string): string;
  print(line?: string): void;
  /** Replaces the last line; on anything but a terminal, nothing. */
  status(line: string): void;
}

const DEFAULT_COLUMNS = 100;

export function createTerminal(stream: Writable & { isTTY?: boolean; columns?: number }): Terminal {
  const isTty = stream.isTTY === true;
  let hasStatus = false;
  const clear = (): void => {
    if (hasStatus) stream.write('\r\x1b[2K');
    hasStatus = false;
  };
  const paint: Terminal['paint'] = (style, text) => styleText(style, text, { stream });
  return {
    isTty,
    hasColour: paint('red', '-') !== '-',
    columns: stream.columns ?? DEFAULT_COLUMNS,
    paint,
    print(line = '') {
      clear();
      stream.write(`${line}\n`);
    },
    status(line) {
      if (!isTty) return;
      clear();
      stream.write(line);
      hasStatus = line !== '';
    },
  };
}

/** Fills up with spaces, not counting colours. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - widthOf(text))) + text;
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
