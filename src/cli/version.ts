import { readVersion } from '../lifecycle/version.ts';
import { defineCommand } from './command/command.ts';
import { EXIT } from './command/exit.ts';

export const versionCommand = defineCommand({
  name: 'version',
  summary: 'prints the version (also --version)',
  description: ['Prints the version of asya-sidecar.'],
  options: {},
  async run(_, { terminal }) {
    terminal.out(`${readVersion()}\n`);
    return EXIT.done;
  },
});
