import { readFileSync } from 'node:fs';

/** A command of a page, and what it prints there. */
export interface ConsoleCommand {
  /** In one line, if the page breaks it with a backslash or after a pipe. */
  readonly command: string;
  /** Without the line break at the end; `…` stands for what the page omits. */
  readonly output: string;
}

const BLOCK = /^```console\n([\s\S]*?)^```$/gm;
/** A command begins with `$ `, and continues after a backslash or a pipe at the end of a line. */
const COMMAND = /^\$ ((?:.*(?:\\|\|)\n)*.*)\n((?:(?!\$ ).*\n)*)/gm;

/** Reads the commands of the blocks `console` of a page, in their order. */
export function readConsoleCommands(page: string): ConsoleCommand[] {
  const text = readFileSync(new URL(`../../../${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(BLOCK)].flatMap(([, block = '']) =>
    [...block.matchAll(COMMAND)].map(([, command = '', output = '']) => ({
      command: command.replaceAll(/\s*\\?\n\s+/g, ' '),
      output: output.trimEnd(),
    })),
  );
}
