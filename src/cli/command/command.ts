import type { Readable } from 'node:stream';
import type { Environment } from '../../config/config.ts';
import type { Log } from '../../log.ts';
import type { OpenTransportOptions } from '../../transport/open.ts';
import type { InspectableTransport } from '../../transport/inspection/inspectableTransport.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { readArguments, requireOperands, type Arguments } from './arguments.ts';
import { formatUsage, type Definition, type Option, type Usage } from './usage.ts';

/** A command of `asya-sidecar`. */
export interface Command extends Usage {
  /** The commands of a group, by their name in the group. */
  readonly commands?: CommandTable;
  /** Returns the text that `--help` prints. */
  describe(): Promise<string>;
  /**
   * Runs the command, or prints its usage for `--help`.
   * @param args the words after the command's name
   * @throws {UsageError} when the arguments are invalid
   * @throws {CommandError} when the command cannot do its work
   */
  run(args: readonly string[], context: CommandContext): Promise<ExitCode>;
}

/** The commands by name. Each is loaded when it is used. */
export type CommandTable = Readonly<Record<string, () => Promise<Command>>>;

/** The process in which a command runs. */
export interface CommandContext {
  readonly environment: Environment;
  readonly terminal: Terminal;
  readonly stdin: Readable;
  readonly openTransport: OpenTransport;
  readonly log: Log;
  /** A queue counts as drained when no message arrives for this time, in milliseconds. */
  readonly idleTimeoutMs: number;
  /** Aborts at the first signal. The command then ends, whatever it waits for. */
  readonly stopped: AbortSignal;
  /** Aborts when the reader of standard output has closed it. */
  readonly outputClosed: AbortSignal;
}

export type OpenTransport = (options: OpenTransportOptions) => Promise<InspectableTransport>;

/** A command before `defineCommand` adds `--help` and the parsing of its arguments. */
export interface CommandDefinition<Name extends string> extends Usage {
  readonly options: Readonly<Record<Name, Option>>;
  run(args: Arguments<Name>, context: CommandContext): Promise<ExitCode>;
}

export function defineCommand<Name extends string>(definition: CommandDefinition<Name>): Command {
  const usage: Usage = { ...definition, options: { ...definition.options, ...HELP } };
  return {
    ...usage,
    describe: async () => formatUsage(usage),
    async run(words, context) {
      const args = readArguments<Name | 'help'>(words, usage);
      if (args.has('help')) {
        context.terminal.out(formatUsage(usage));
        return EXIT.done;
      }
      requireOperands(args.operands, usage);
      return definition.run(args, context);
    },
  };
}

/** A command that consists of other commands, such as `errors list`. */
export interface GroupDefinition extends Pick<Usage, 'name' | 'summary' | 'description'> {
  readonly commands: CommandTable;
}

/** Defines a group, which runs the command that its first word names. */
export function defineGroup(definition: GroupDefinition): Command {
  const { name, commands } = definition;
  const operands = { name: 'COMMAND', required: true };
  const usage: Usage = { ...definition, options: HELP, operands };
  const describe = async (): Promise<string> => formatUsage(usage, await listCommands(commands));
  return {
    ...usage,
    commands,
    describe,
    async run([word, ...words], context) {
      if (word === undefined) {
        context.terminal.err(await describe());
        return EXIT.usage;
      }
      if (word === '--help' || word === '-h') {
        context.terminal.out(await describe());
        return EXIT.done;
      }
      const member = await findCommand(commands, [word], name);
      return nameInUsageErrors(`${name} ${word}`, member.run(words, context));
    },
  };
}

/** The names and summaries of commands, for a help text. */
export function listCommands(commands: CommandTable): Promise<readonly Definition[]> {
  const entries = Object.entries(commands);
  return Promise.all(entries.map(async ([term, load]) => ({ term, doc: (await load()).summary })));
}

/**
 * Finds a command by its name, or by the names of its groups and its own.
 * @param group the name of the group whose commands these are
 * @throws {UsageError} when there is none
 */
export async function findCommand(
  commands: CommandTable,
  [name = '', ...names]: readonly string[],
  group?: string,
): Promise<Command> {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  const path = group === undefined ? name : `${group} ${name}`;
  if (load === undefined) throw new UsageError(`unknown command "${path}"`, { command: group });
  const command = await load();
  return names.length === 0 ? command : findCommand(command.commands ?? {}, names, path);
}

/** Adds the name of the command to its usage errors. */
async function nameInUsageErrors(command: string, run: Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await run;
  } catch (error) {
    if (!(error instanceof UsageError) || error.command !== undefined) throw error;
    throw new UsageError(error.message, { cause: error, command });
  }
}

const HELP = { help: { type: 'boolean', short: 'h', doc: 'Prints this text.' } } as const;
