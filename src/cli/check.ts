import { readConfig, type Environment } from '../config.ts';
import { describeValues } from '../config/table.ts';
import type { Terminal } from './terminal.ts';

/**
 * `--check`: what counts on standard output, secrets masked; warnings on standard error.
 * @throws {ConfigError}
 */
export function checkCommand(environment: Environment, terminal: Terminal): number {
  const { values, warnings } = readConfig(environment);
  for (const line of describeValues(values)) terminal.out(`${line}\n`);
  for (const warning of warnings) terminal.err(`warning: ${warning}\n`);
  return 0;
}
