import type { Config } from '../../config/config.ts';
import type { QueuedMessage } from '../../transport/inspection/queueReader.ts';
import type { CommandContext } from '../command/command.ts';
import { encodeMessage } from '../queue/messageJson.ts';
import { LineOutput } from '../terminal/lineOutput.ts';
import { peekRowOf, type PeekRow } from './peekRow.ts';
import { formatPeek } from './peekTable.ts';
import { formatWholeMessage } from './wholeMessage.ts';

export type PeekFormat = 'table' | 'full' | 'json';

/** Prints messages while the queue is read, or collects them for a table. */
export interface PeekOutput {
  add(message: QueuedMessage, queue: string): void;
  /** Resolves when the printed messages have left the process. */
  drained(): Promise<void>;
  /** Prints the collected messages. */
  finish(): Promise<void>;
}

export interface PeekOutputOptions {
  readonly config: Config;
  readonly context: CommandContext;
}

export function createPeekOutput(format: PeekFormat, options: PeekOutputOptions): PeekOutput {
  switch (format) {
    case 'table':
      return collectRows(options);
    case 'full':
      return printEach(options, formatWholeMessage);
    case 'json':
      return printEach(
        options,
        (message, queue) => `${JSON.stringify(encodeMessage(message, queue))}\n`,
      );
  }
}

function collectRows({ config, context: { terminal } }: PeekOutputOptions): PeekOutput {
  const rows: PeekRow[] = [];
  return {
    add: (message) => void rows.push(peekRowOf(message, config)),
    drained: async () => {},
    async finish() {
      if (rows.length > 0) terminal.out(formatPeek(rows, Date.now(), terminal.width));
    },
  };
}

function printEach(
  { context }: PeekOutputOptions,
  format: (message: QueuedMessage, queue: string, number: number) => string,
): PeekOutput {
  const output = new LineOutput(context);
  let count = 0;
  return {
    add: (message, queue) => output.write(Buffer.from(format(message, queue, ++count))),
    drained: () => output.drained(),
    finish: () => output.drained(),
  };
}
