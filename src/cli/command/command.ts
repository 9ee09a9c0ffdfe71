import type { Readable } from 'node:stream';
import type { Environment } from '../../config/config.ts';
import type { Log } from '../../log.ts';
import type { OpenTransportOptions } from '../../transport/open.ts';
import type { InspectableTransport } from '../../transport/transport.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { readArguments, requireOperands, type Arguments } from './arguments.ts';
import { formatUsage, type Option, type Usage } from './usage.ts';

/** A command of `asya-sidecar`. */
export interface Command extends Usage {
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

const HELP = { help: { type: 'boolean', short: 'h', doc: 'Prints this text.' } } as const;
