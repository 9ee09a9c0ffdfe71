import type { CommandContext } from '../command/command.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { encodeFailedMessage, encodeGroup } from '../failures/errorJson.ts';
import { formatEach, formatGroups, rowOf, type ErrorRow } from './errorTable.ts';
import { ErrorGroups } from '../failures/groups.ts';
import { LineOutput } from '../terminal/lineOutput.ts';
import type { ErrorLookOptions } from '../errorQueue/lookAtErrors.ts';

/** Prints the messages of a look, or collects them for a table. */
export interface Listing extends Pick<ErrorLookOptions, 'onMessage' | 'drained'> {
  /** Prints the collected messages. */
  finish(): Promise<void> | void;
}

export interface ListingOptions {
  /** Whether to list messages instead of groups. */
  readonly each: boolean;
  readonly json: boolean;
}

export function createListing({ each, json }: ListingOptions, context: CommandContext): Listing {
  if (!each) return listGroups(json, context.terminal);
  return json ? printMessages(new LineOutput(context)) : listMessages(context.terminal);
}

function listGroups(json: boolean, terminal: Terminal): Listing {
  const groups = new ErrorGroups();
  return {
    onMessage: (message) => groups.add(message),
    finish() {
      const { sorted } = groups;
      if (json) for (const group of sorted) terminal.out(`${encodeGroup(group)}\n`);
      else if (sorted.length > 0) terminal.out(formatGroups(sorted, terminal.width));
    },
  };
}

function listMessages(terminal: Terminal): Listing {
  const rows: ErrorRow[] = [];
  return {
    onMessage: (message) => void rows.push(rowOf(message)),
    finish() {
      if (rows.length > 0) terminal.out(formatEach(rows, terminal.width));
    },
  };
}

function printMessages(output: LineOutput): Listing {
  return {
    onMessage: (message) => output.write(encodeFailedMessage(message)),
    drained: () => output.drained(),
    finish: () => output.drained(),
  };
}
