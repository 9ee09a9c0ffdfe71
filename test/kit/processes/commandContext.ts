import { Readable } from 'node:stream';
import { pino } from 'pino';
import type { Command, CommandContext } from '../../../src/cli/command/command.ts';

/** The output of a command so far. */
export interface Printed {
  readonly out: string;
  readonly err: string;
}

/** The exit code and the output of a command. */
export interface CommandResult extends Printed {
  readonly code: number;
}

/** Parts of a command's context that replace the defaults. */
export interface ContextOverrides extends Partial<CommandContext> {
  /** The width of the terminal. @default standard output is not a terminal */
  readonly width?: number;
}

/** Creates the context of a command that needs no broker. Its terminal records the output. */
export function createCommandContext({ width, ...overrides }: ContextOverrides = {}): {
  readonly context: CommandContext;
  readonly printed: () => Printed;
} {
  const out: string[] = [];
  const err: string[] = [];
  const context: CommandContext = {
    environment: {},
    terminal: {
      out: (text) => void out.push(text),
      write: async (bytes) => void out.push(bytes.toString()),
      sync: async () => {},
      err: (text) => void err.push(text),
      width,
      progress: () => {},
      colour: false,
    },
    stdin: Readable.from([]),
    openTransport: () => Promise.reject(new Error('this test has no transport')),
    log: pino({ level: 'silent' }),
    idleTimeoutMs: 50,
    stopped: new AbortController().signal,
    outputClosed: new AbortController().signal,
    ...overrides,
  };
  return { context, printed: () => ({ out: out.join(''), err: err.join('') }) };
}

export async function runCommand(
  command: Command,
  args: readonly string[],
  overrides: ContextOverrides = {},
): Promise<CommandResult> {
  const { context, printed } = createCommandContext(overrides);
  const code = await command.run(args, context);
  return { code, ...printed() };
}
