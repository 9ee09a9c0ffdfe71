import { messageOf } from '../../faults.ts';
import type { Log } from '../../log.ts';
import { printable } from './printable.ts';
import type { Terminal } from './terminal.ts';

/** A log for commands: prints warnings and errors, one line each, without immediate repetitions. */
export function createCommandLog(terminal: Terminal): Log {
  let last = '';
  const write = (fields: unknown, message = ''): void => {
    const line = typeof fields === 'string' ? fields : `${message}${reasonIn(fields)}`;
    if (line !== last) terminal.err(`${printable(line)}\n`);
    last = line;
  };
  const ignore = (): void => {};
  return { debug: ignore, info: ignore, warn: write, error: write };
}

function reasonIn(fields: unknown): string {
  if (typeof fields !== 'object' || fields === null) return '';
  if ('err' in fields) return `: ${messageOf(fields.err)}`;
  return 'reason' in fields ? `: ${String(fields.reason)}` : '';
}
