import { messageOf } from '../../faults.ts';
import type { Log } from '../../log.ts';
import { printable } from './printable.ts';
import type { Terminal } from './terminal.ts';

/**
 * What the parts have to say while a command runs: warnings and errors, a line each, none twice in
 * a row.
 */
export function createCommandLog(terminal: Terminal): Log {
  let last = '';
  const write = (about: unknown, text = ''): void => {
    const line = typeof about === 'string' ? about : `${text}${reasonOf(about)}`;
    if (line !== last) terminal.err(`${printable(line)}\n`);
    last = line;
  };
  const ignore = (): void => {};
  return { debug: ignore, info: ignore, warn: write, error: write };
}

function reasonOf(about: unknown): string {
  if (typeof about !== 'object' || about === null) return '';
  if ('err' in about) return `: ${messageOf(about.err)}`;
  return 'reason' in about ? `: ${String(about.reason)}` : '';
}
