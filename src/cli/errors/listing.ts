import type { Terminal } from '../terminal/terminal.ts';
import { encodeFailedMessage, encodeGroup } from './errorJson.ts';
import { formatEach, formatGroups, rowOf, type ErrorRow } from './errorTable.ts';
import type { FailedMessage } from './failedMessage.ts';
import { ErrorGroups } from './groups.ts';

/** Prints messages, or collects them and prints a table at the end. */
export interface Listing {
  add(message: FailedMessage): Promise<void> | void;
  /** Prints what was collected. */
  finish(): void;
}

export interface ListingOptions {
  /** Whether to list messages instead of groups. */
  readonly each: boolean;
  readonly json: boolean;
}

export function createListing({ each, json }: ListingOptions, terminal: Terminal): Listing {
  if (!each) return listGroups(json, terminal);
  return json ? printMessages(terminal) : listMessages(terminal);
}

function listGroups(json: boolean, terminal: Terminal): Listing {
  const groups = new ErrorGroups();
  return {
    add: (message) => groups.add(message),
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
    add: (message) => void rows.push(rowOf(message)),
    finish() {
      if (rows.length > 0) terminal.out(formatEach(rows, terminal.width));
    },
  };
}

function printMessages(terminal: Terminal): Listing {
  return { add: (message) => terminal.write(encodeFailedMessage(message)), finish() {} };
}
