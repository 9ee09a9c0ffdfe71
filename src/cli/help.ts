import { describeVariables, type Row } from '../config/table.ts';
import { defineCommand, type Command, type CommandTable } from './command/command.ts';
import { EXIT, EXIT_MEANINGS } from './command/exit.ts';
import { formatDefinitions, formatUsage, wrap } from './command/usage.ts';

/** @param find finds a command by its name, or throws a usage error */
export function createHelpCommand(
  commands: CommandTable,
  find: (name: string) => CommandTable[string],
): Command {
  return defineCommand({
    name: 'help',
    summary: 'prints this text, or the usage of a command (also --help)',
    description: ['Prints the commands and environment variables, or the usage of one command.'],
    options: {},
    operands: { name: 'COMMAND' },
    async run({ operands: [name] }, { terminal }) {
      const text =
        name === undefined ? formatHelp(await loadAll(commands)) : formatUsage(await find(name)());
      terminal.out(text);
      return EXIT.done;
    },
  });
}

function loadAll(commands: CommandTable): Promise<readonly Command[]> {
  return Promise.all(Object.values(commands).map((load) => load()));
}

const INTRODUCTION = `Without a command, runs the sidecar of one actor, configured by the
  environment variables below.
  "asya-sidecar help COMMAND" prints the usage of a command.`;

function formatHelp(commands: readonly Command[]): string {
  const list = commands.map(({ name, summary }) => ({ term: name, doc: summary }));
  const codes = Object.entries(EXIT_MEANINGS).map(([term, doc]) => ({ term, doc }));
  const sections = describeVariables().map(
    ({ title, rows }) => `${title}:\n${rows.map(formatVariable).join('\n')}\n`,
  );
  return [
    'usage: asya-sidecar [COMMAND]\n',
    `${wrap(INTRODUCTION).join('\n')}\n`,
    `commands:\n${formatDefinitions(list)}`,
    `exit codes:\n${formatDefinitions(codes)}`,
    ...sections,
  ].join('\n');
}

const INDENT = ' '.repeat(6);

function formatVariable({ name, doc, format, defaultText }: Row): string {
  const lines = wrap(doc, 74).map((line) => `${INDENT}${line}`);
  return [`  ${name}  (${format}; default: ${defaultText})`, ...lines].join('\n');
}
