import { describeVariables, type Row } from '../config/table.ts';
import {
  defineCommand,
  findCommand,
  listCommands,
  type Command,
  type CommandTable,
} from './command/command.ts';
import { EXIT, EXIT_MEANINGS } from './command/exit.ts';
import { formatDefinitions, wrap, type Definition } from './command/usage.ts';

export function createHelpCommand(commands: CommandTable): Command {
  return defineCommand({
    name: 'help',
    summary: 'prints this text, or the usage of a command (also --help)',
    description: ['Prints the commands and environment variables, or the usage of one command.'],
    options: {},
    operands: { name: 'COMMAND', multiple: true },
    async run({ operands }, { terminal }) {
      const text =
        operands.length === 0
          ? formatHelp(await listCommands(commands))
          : await (await findCommand(commands, operands)).describe();
      terminal.out(text);
      return EXIT.done;
    },
  });
}

const INTRODUCTION = `Without a command, runs the sidecar of one actor, configured by the
  environment variables below.
  "asya-sidecar help COMMAND" prints the usage of a command.`;

function formatHelp(commands: readonly Definition[]): string {
  const codes = Object.entries(EXIT_MEANINGS).map(([term, doc]) => ({ term, doc }));
  const sections = describeVariables().map(
    ({ title, rows }) => `${title}:\n${rows.map(formatVariable).join('\n')}\n`,
  );
  return [
    'usage: asya-sidecar [COMMAND]\n',
    `${wrap(INTRODUCTION).join('\n')}\n`,
    `commands:\n${formatDefinitions(commands)}`,
    `exit codes:\n${formatDefinitions(codes)}`,
    ...sections,
  ].join('\n');
}

const INDENT = ' '.repeat(6);

function formatVariable({ name, doc, format, defaultText }: Row): string {
  const lines = wrap(doc, 74).map((line) => `${INDENT}${line}`);
  return [`  ${name}  (${format}; default: ${defaultText})`, ...lines].join('\n');
}
