import type { Config } from '../../config/config.ts';
import type { TransportState } from '../../transport/transport.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** Prints a line when the broker stops accepting publishes, and one when it accepts them again. */
export class AlarmLines {
  readonly #lines: { readonly begin: string; readonly end: string };
  readonly #terminal: Pick<Terminal, 'err'>;
  #state: Pick<TransportState, 'connected' | 'blocked'> = { connected: false, blocked: false };
  #isReported = false;
  #isEnded = false;

  constructor(transport: Config['transport'], terminal: Pick<Terminal, 'err'>) {
    this.#lines = transport === 'sqlite' ? DISK_FULL : ALARM;
    this.#terminal = terminal;
  }

  update(state: TransportState): void {
    this.#state = state;
    if (state.blocked) this.#begin();
    // The end of a connection ends its alarm before it is reported.
    else if (this.#isReported) setImmediate(() => this.#endAlarm());
  }

  /** Prints nothing more, because the transport is closed by the command. */
  end(): void {
    this.#isEnded = true;
  }

  #begin(): void {
    if (this.#isReported || this.#isEnded) return;
    this.#isReported = true;
    this.#terminal.err(`${this.#lines.begin}\n`);
  }

  #endAlarm(): void {
    const { connected, blocked } = this.#state;
    if (!this.#isReported || this.#isEnded || blocked) return;
    this.#isReported = false;
    if (connected) this.#terminal.err(`${this.#lines.end}\n`);
  }
}

const ALARM = {
  begin: 'the broker accepts no publishes (memory or disk alarm); waiting',
  end: 'the broker accepts publishes again',
} as const;

const DISK_FULL = {
  begin: 'the disk of the database is full; waiting',
  end: 'the disk of the database has space again',
} as const;
