import type { Config } from '../../config/config.ts';
import { parkedQueue } from '../../transport/queues.ts';
import type { CommandContext } from '../command/command.ts';
import { readCommandConfig } from '../command/config.ts';
import type { Option } from '../command/usage.ts';

/** The queue of failed messages that a command reads. */
export interface ErrorQueue {
  readonly name: string;
  readonly isParked: boolean;
  readonly config: Config;
}

export const PARKED_OPTION = {
  type: 'boolean',
  doc: "Reads error-end's parked queue instead.",
} as const satisfies Option;

/** @throws {ConfigError} */
export function errorQueueOf(isParked: boolean, { environment }: CommandContext): ErrorQueue {
  const config = readCommandConfig(environment);
  const name = isParked ? parkedQueue(config.errorEnd) : config.errorEnd;
  return { name, isParked, config };
}
