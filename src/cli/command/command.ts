import type { Readable } from 'node:stream';
import { readConfig, type Config, type Environment } from '../../config/config.ts';
import type { Log } from '../../log.ts';
import type { OpenTransportOptions } from '../../transport/open.ts';
import type { InspectableTransport } from '../../transport/transport.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** What a command has to work with. */
export interface CommandContext {
  readonly environment: Environment;
  readonly terminal: Terminal;
  readonly stdin: Readable;
  readonly openTransport: OpenTransport;
  readonly log: Log;
  /** A queue counts as drained when nothing has come for so long, in milliseconds. */
  readonly quietMs: number;
  /** Aborts at the first signal: the command ends now, wherever it waits. */
  readonly stopped: AbortSignal;
  /** Aborts when the reader of the output has closed it. */
  readonly outputClosed: AbortSignal;
}

export type OpenTransport = (options: OpenTransportOptions) => Promise<InspectableTransport>;

/** @returns the exit code: 0 done, 1 not all of it could be done, 2 bad usage */
export type Command = (args: readonly string[], context: CommandContext) => Promise<number>;

/** What was asked for on the command line makes no sense. `message` says what. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A command cannot do what it was asked for. `message` says why, for people. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/**
 * The configuration for a command, which is no actor and needs no name.
 * @throws {ConfigError}
 * @throws {CommandError} when no other process can reach the queues
 */
export function readCommandConfig(environment: Environment): Config {
  const name = environment['ASYA_ACTOR_NAME'] || 'asya-sidecar';
  const { config } = readConfig({ ...environment, ASYA_ACTOR_NAME: name });
  if (config.transport === 'memory') {
    throw new CommandError('ASYA_TRANSPORT is memory: its queues live within one sidecar');
  }
  return config;
}
