import type { Config } from '../../config/config.ts';
import type { TransportState } from '../../transport/transport.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** Prints a line when the broker stops accepting publishes, and one when it accepts them again. */
export class AlarmLines {
  readonly #lines: Lines;
  readonly #terminal: Pick<Terminal, 'err'>;
  #isBlocked = false;

  constructor(transport: Config['transport'], terminal: Pick<Terminal, 'err'>) {
    this.#lines = linesOf(transport);
    this.#terminal = terminal;
  }

  /** A lost connection ends no alarm; the broker reports it again on the next connection. */
  update({ connected, blocked }: TransportState): void {
    if (blocked === this.#isBlocked) return;
    this.#isBlocked = blocked;
    if (blocked) this.#terminal.err(`${this.#lines.begin}\n`);
    else if (connected) this.#terminal.err(`${this.#lines.end}\n`);
  }
}

/** What a command waits for that is or was connected; one line, or undefined for nothing. */
export function describeWait(
  { connected, blocked, disconnect }: TransportState,
  transport: Config['transport'],
): string | undefined {
  if (blocked) return linesOf(transport).begin;
  if (connected) return undefined;
  const reason = disconnect === undefined ? '' : ` (${disconnect.reason})`;
  return `not connected to the broker${reason}; waiting`;
}

interface Lines {
  readonly begin: string;
  readonly end: string;
}

function linesOf(transport: Config['transport']): Lines {
  return transport === 'sqlite' ? DISK_FULL : ALARM;
}

const ALARM = {
  begin: 'the broker accepts no publishes (memory or disk alarm); waiting',
  end: 'the broker accepts publishes again',
} as const;

const DISK_FULL = {
  begin: 'the disk of the database is full; waiting',
  end: 'the disk of the database has space again',
} as const;
