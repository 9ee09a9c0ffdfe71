import type { CommandTable } from './command/command.ts';

/** All commands, in the order in which `--help` lists them. */
export const COMMANDS: CommandTable = {
  send: async () => (await import('./send.ts')).sendCommand,
  peek: async () => (await import('./peek.ts')).peekCommand,
  errors: async () => (await import('./errors/errorsCommand.ts')).errorsCommand,
  replay: async () => (await import('./replay.ts')).replayCommand,
  ledger: async () => (await import('./ledger.ts')).ledgerCommand,
  tail: async () => (await import('./tail.ts')).tailCommand,
  trace: async () => (await import('./trace.ts')).traceCommand,
  ui: async () => (await import('./ui.ts')).uiCommand,
  check: async () => (await import('./check.ts')).checkCommand,
  version: async () => (await import('./version.ts')).versionCommand,
  help: async () => (await import('./help.ts')).createHelpCommand(COMMANDS),
};

/** Options that stand for a command. */
export const COMMAND_OPTIONS: ReadonlyMap<string, string> = new Map([
  ['--check', 'check'],
  ['--version', 'version'],
  ['--help', 'help'],
  ['-h', 'help'],
]);
