import { inspect } from 'node:util';
import { ConfigError, type Environment } from '../config/config.ts';
import { messageOf } from '../faults.ts';
import { ListenError } from '../lifecycle/http.ts';
import { OpenError } from '../transport/transport.ts';
import { readVersion } from '../lifecycle/version.ts';
import { checkCommand } from './check.ts';
import { CommandError, UsageError } from './command/command.ts';
import { helpText } from './help.ts';
import { printable } from './terminal/printable.ts';
import type { Terminal } from './terminal/terminal.ts';

/** Each is loaded only when it is asked for. They return the exit code. */
export interface Programs {
  /** The sidecar itself. */
  readonly run: () => Promise<number>;
  /** By name; called with the arguments that follow it. */
  readonly commands: Readonly<Record<string, (args: readonly string[]) => Promise<number>>>;
}

/**
 * Does what the command line asks for. Never rejects.
 * @returns the exit code: 0 done, 1 a fault, 2 bad usage or configuration
 */
export async function dispatch(
  args: readonly string[],
  environment: Environment,
  terminal: Terminal,
  programs: Programs,
): Promise<number> {
  try {
    return await choose(args, environment, terminal, programs);
  } catch (error) {
    return explainFailure(error, terminal);
  }
}

async function choose(
  [word, ...rest]: readonly string[],
  environment: Environment,
  terminal: Terminal,
  { run, commands }: Programs,
): Promise<number> {
  switch (word) {
    case undefined:
      return run();
    case '--help':
    case '-h':
      terminal.out(helpText());
      return 0;
    case '--version':
      terminal.out(`${readVersion()}\n`);
      return 0;
    case '--check':
      return checkCommand(environment, terminal);
    default: {
      const command = Object.hasOwn(commands, word) ? commands[word] : undefined;
      if (command === undefined) throw new UsageError(`there is no command "${word}"`);
      return command(rest);
    }
  }
}

const EXPECTED = [CommandError, ListenError, OpenError] as const;

/** One line for what people can mend themselves, everything for what they cannot. */
function explainFailure(error: unknown, terminal: Terminal): number {
  if (error instanceof ConfigError) {
    terminal.err(
      `the configuration is not valid:\n${error.problems.map((line) => `  ${line}\n`).join('')}`,
    );
    return 2;
  }
  if (error instanceof UsageError || isParseArgsError(error)) {
    terminal.err(`asya-sidecar: ${printable(error.message)}; --help tells more\n`);
    return 2;
  }
  const isExpected = EXPECTED.some((kind) => error instanceof kind);
  terminal.err(`asya-sidecar: ${isExpected ? printable(messageOf(error)) : inspect(error)}\n`);
  return 1;
}

/** What `parseArgs` of Node throws for options that it does not know. */
function isParseArgsError(error: unknown): error is Error {
  return (
    error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_')
  );
}
