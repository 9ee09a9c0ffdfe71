import { inspect } from 'node:util';
import { ConfigError } from '../config/config.ts';
import { messageOf } from '../faults.ts';
import { ListenError } from '../lifecycle/http.ts';
import { OpenError } from '../transport/transport.ts';
import { findCommand, type CommandContext, type CommandTable } from './command/command.ts';
import { CommandError, EXIT, type ExitCode, UsageError } from './command/exit.ts';
import { COMMAND_OPTIONS } from './commands.ts';
import { printable } from './terminal/printable.ts';
import type { Terminal } from './terminal/terminal.ts';

/** The program that the command line controls. */
export interface Program {
  readonly terminal: Terminal;
  readonly commands: CommandTable;
  /** Runs the sidecar until it stops, and returns the exit code. */
  readonly runSidecar: () => Promise<number>;
  /** Called before a command is loaded, so that no signal is missed. */
  readonly createContext: () => CommandContext;
}

/**
 * Runs the command that the command line names, or the sidecar if it names none. Never rejects.
 * @returns the exit code
 */
export async function dispatch(words: readonly string[], program: Program): Promise<number> {
  const { commands, terminal } = program;
  const [word, ...args] = words;
  const name = COMMAND_OPTIONS.get(word ?? '') ?? word;
  try {
    if (name === undefined) return await program.runSidecar();
    const context = program.createContext();
    const command = await findCommand(commands, [name]);
    return await command.run(args, context);
  } catch (error) {
    if (error instanceof UsageError) return reportUsage(error, commands, name, terminal);
    return reportFailure(error, terminal);
  }
}

function reportUsage(
  { message, command }: UsageError,
  commands: CommandTable,
  name: string | undefined,
  terminal: Terminal,
): ExitCode {
  const called = name !== undefined && Object.hasOwn(commands, name) ? name : undefined;
  const help = ['asya-sidecar', ...[command ?? called ?? []].flat(), '--help'].join(' ');
  terminal.err(`asya-sidecar: ${printable(message)}; see ${help}\n`);
  return EXIT.usage;
}

/** Errors that a user can correct; their message suffices. */
const EXPECTED = [CommandError, ListenError, OpenError] as const;

function reportFailure(error: unknown, terminal: Terminal): ExitCode {
  if (error instanceof ConfigError) {
    const problems = error.problems.map((problem) => `  ${problem}\n`);
    terminal.err(`asya-sidecar: invalid configuration:\n${problems.join('')}`);
    return EXIT.usage;
  }
  const isExpected = EXPECTED.some((type) => error instanceof type);
  terminal.err(`asya-sidecar: ${isExpected ? printable(messageOf(error)) : inspect(error)}\n`);
  return EXIT.failed;
}
