import { readConfig, type Config, type Environment } from '../../config/config.ts';
import { CommandError } from './exit.ts';

/**
 * Reads the configuration of a command. `ASYA_ACTOR_NAME` is optional, because a command is not an
 * actor.
 * @throws {ConfigError}
 * @throws {CommandError} when the transport's queues belong to a single process
 */
export function readCommandConfig(environment: Environment): Config {
  const name = environment['ASYA_ACTOR_NAME'] || 'asya-sidecar';
  const { config } = readConfig({ ...environment, ASYA_ACTOR_NAME: name });
  if (config.transport === 'memory') {
    throw new CommandError('ASYA_TRANSPORT: the queues of "memory" exist in one sidecar only');
  }
  return config;
}
