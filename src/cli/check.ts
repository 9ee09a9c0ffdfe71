import { ConfigError, readConfig } from '../config/config.ts';
import { describeValues } from '../config/table.ts';
import { checkTraceFile } from '../config/traceFile.ts';
import { defineCommand } from './command/command.ts';
import { EXIT } from './command/exit.ts';

export const checkCommand = defineCommand({
  name: 'check',
  summary: 'validates the configuration (also --check)',
  description: [
    `Validates the configuration of a sidecar. Prints the effective values on standard output, with
    secrets masked, and warnings on standard error.`,
  ],
  options: {},
  async run(_, { environment, terminal }) {
    const { config, values, warnings } = readConfig(environment);
    // A sidecar only warns about the trace file, because it works without one.
    const problem = config.trace.file === null ? undefined : checkTraceFile(config.trace.file);
    if (problem !== undefined) throw new ConfigError([problem]);
    for (const line of describeValues(values)) terminal.out(`${line}\n`);
    for (const warning of warnings) terminal.err(`warning: ${warning}\n`);
    return EXIT.done;
  },
});
