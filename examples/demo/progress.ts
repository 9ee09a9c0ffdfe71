import type { Terminal } from './terminal.ts';

/**
 * How much of a known amount is done: a bar on a terminal, a line for each quarter anywhere else.
 */
export interface Progress {
  update(done: number, total: number): void;
  end(): void;
}

const BAR_WIDTH = 32;

export function createProgress(terminal: Terminal, what: string): Progress {
  const start = performance.now();
  let quarters = 0;
  const seconds = (): string => `${((performance.now() - start) / 1000).toFixed(1)} s`;
  return {
    update(done, total) {
      const part = total === 0 ? 0 : Math.min(1, done / total);
      terminal.status(
        `  ${bar(terminal, part)} ${done}/${total} ${what}  ${terminal.paint('dim', seconds())}`,
      );
      const reached = Math.floor(part * 4);
      if (!terminal.isTty && reached > quarters)
        terminal.print(`  ${done}/${total} ${what} after ${seconds()}`);
      quarters = reached;
    },
    end: () => terminal.status(''),
  };
}

function bar(terminal: Terminal, part: number): string {
  const filled = Math.round(part * BAR_WIDTH);
  return (
    terminal.paint('green', '━'.repeat(filled)) +
    terminal.paint('dim', '─'.repeat(BAR_WIDTH - filled))
  );
}
