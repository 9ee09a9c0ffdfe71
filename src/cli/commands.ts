import type { CommandTable } from './command/command.ts';
import { UsageError } from './command/exit.ts';

/** All commands, in the order in which `--help` lists them. */
export const COMMANDS: CommandTable = {
  send: async () => (await import('./send.ts')).sendCommand,
  replay: async () => (await import('./replay.ts')).replayCommand,
  ledger: async () => (await import('./ledger.ts')).ledgerCommand,
  trace: async () => (await import('./trace.ts')).traceCommand,
  check: async () => (await import('./check.ts')).checkCommand,
  version: async () => (await import('./version.ts')).versionCommand,
  help: async () =>
    (await import('./help.ts')).createHelpCommand(COMMANDS, (name) => findCommand(COMMANDS, name)),
};

/** Options that stand for a command. */
export const COMMAND_OPTIONS: ReadonlyMap<string, string> = new Map([
  ['--check', 'check'],
  ['--version', 'version'],
  ['--help', 'help'],
  ['-h', 'help'],
]);

/**
 * Finds a command by its name.
 * @throws {UsageError} when there is none
 */
export function findCommand(commands: CommandTable, name: string): CommandTable[string] {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) throw new UsageError(`unknown command "${name}"`);
  return load;
}
