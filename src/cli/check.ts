import { ConfigError, readConfig, type Environment } from '../config/config.ts';
import { describeValues } from '../config/table.ts';
import { checkTraceFile } from '../config/traceFile.ts';
import type { Terminal } from './terminal/terminal.ts';

/**
 * `--check`: prints the values that count on standard output, secrets masked, and warnings on
 * standard error.
 * @throws {ConfigError}
 */
export function checkCommand(environment: Environment, terminal: Terminal): number {
  const { config, values, warnings } = readConfig(environment);
  // The sidecar only warns: it works without traces.
  const problem = config.trace.file === null ? undefined : checkTraceFile(config.trace.file);
  if (problem !== undefined) throw new ConfigError([problem]);
  for (const line of describeValues(values)) terminal.out(`${line}\n`);
  for (const warning of warnings) terminal.err(`warning: ${warning}\n`);
  return 0;
}
