import type { Envelope } from '../../envelope/envelope.ts';
import type { CommandContext } from '../command/command.ts';
import { Repetitions } from '../report/repetitions.ts';
import { printable } from '../terminal/printable.ts';

/** Prints which envelopes of a command were not sent, and why. */
export class UnsentLines {
  readonly #context: Pick<CommandContext, 'terminal' | 'outputClosed'>;
  readonly #problems: Repetitions;
  #count = 0;

  constructor(context: Pick<CommandContext, 'terminal' | 'outputClosed'>) {
    this.#context = context;
    this.#problems = new Repetitions((line) => this.#print(line));
  }

  /** The number of envelopes that were not sent. */
  get count(): number {
    return this.#count;
  }

  add({ id }: Envelope, reason: string): void {
    this.#count++;
    this.#problems.add({ name: id, reason });
  }

  /** Adds the envelopes that were not published, and prints how many of all were sent. */
  end(notPublished: readonly Envelope[], total: number): void {
    const isClosed = this.#context.outputClosed.aborted;
    if (isClosed) this.#count += notPublished.length;
    else for (const envelope of notPublished) this.add(envelope, 'not sent');
    this.#problems.end();
    if (this.#count === 0 && !isClosed) return;
    this.#print(`${total - this.#count} of ${total} envelopes were sent`);
  }

  #print(line: string): void {
    this.#context.terminal.err(`${printable(line)}\n`);
  }
}
