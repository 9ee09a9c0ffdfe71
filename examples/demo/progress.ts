import type { Screen } from './screen.ts';

const BAR_WIDTH = 32;

/** Shows the progress of a known amount: a bar on a terminal, and a line each quarter elsewhere. */
export class Progress {
  readonly #screen: Screen;
  readonly #label: string;
  readonly #startMs = performance.now();
  #quarters = 0;

  /** @param label printed after the count, for example `envelopes arrived` */
  constructor(screen: Screen, label: string) {
    this.#screen = screen;
    this.#label = label;
  }

  update(done: number, total: number): void {
    const fraction = total === 0 ? 0 : Math.min(1, done / total);
    const count = `  ${done}/${total} ${this.#label}`;
    const seconds = `${((performance.now() - this.#startMs) / 1000).toFixed(1)} s`;
    this.#screen.status(`  ${this.#bar(fraction)}${count}  ${this.#screen.paint('dim', seconds)}`);
    const quarters = Math.floor(fraction * 4);
    if (!this.#screen.isTerminal && quarters > this.#quarters)
      this.#screen.print(`${count} after ${seconds}`);
    this.#quarters = quarters;
  }

  end(): void {
    this.#screen.status('');
  }

  #bar(fraction: number): string {
    const filled = Math.round(fraction * BAR_WIDTH);
    return (
      this.#screen.paint('green', '━'.repeat(filled)) +
      this.#screen.paint('dim', '─'.repeat(BAR_WIDTH - filled))
    );
  }
}
