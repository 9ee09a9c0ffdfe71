import { messageOf } from '../../faults.ts';
import type { CommandContext } from '../command/command.ts';
import { CommandError } from '../command/exit.ts';

/** Lines on standard output that are written while a queue is read. */
export class LineOutput {
  readonly #context: Pick<CommandContext, 'terminal' | 'outputClosed'>;
  #last: Promise<void> = Promise.resolve();
  #error: unknown;

  constructor(context: Pick<CommandContext, 'terminal' | 'outputClosed'>) {
    this.#context = context;
  }

  /** Starts to write; await `drained` before the pending lines become too large. */
  write(line: Buffer): void {
    this.#last = this.#context.terminal.write(line).catch((error: unknown) => {
      this.#error ??= error;
    });
  }

  /**
   * Resolves when all lines have left the process, or when their reader has closed the output.
   * @throws {CommandError} when a line could not be written
   */
  async drained(): Promise<void> {
    await this.#last;
    if (this.#error === undefined || this.#context.outputClosed.aborted) return;
    const reason = messageOf(this.#error);
    throw new CommandError(`cannot write standard output: ${reason}`, { cause: this.#error });
  }
}
