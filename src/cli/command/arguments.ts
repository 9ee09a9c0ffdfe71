import { parseArgs } from 'node:util';
import { UsageError } from './exit.ts';
import type { Usage } from './usage.ts';

/** The parsed arguments of a command, by the names of its options. */
export interface Arguments<Name extends string> {
  /** The arguments that belong to no option. */
  readonly operands: readonly string[];
  /** Reports whether a boolean option is set. */
  has(name: Name): boolean;
  /** The value of an option; the last one when the option is repeated. */
  valueOf(name: Name): string | undefined;
  /**
   * The value of an option that is a positive integer.
   * @throws {UsageError} for any other value
   */
  countOf(name: Name): number | undefined;
  /** All values of an option that may be repeated, in order. */
  valuesOf(name: Name): readonly string[];
}

/** @throws {UsageError} when an option is unknown, or an operand is not expected */
export function readArguments<Name extends string>(
  words: readonly string[],
  usage: Usage,
): Arguments<Name> {
  const { values, positionals } = parse(words, usage);
  const valuesOf = (name: Name): readonly string[] => [values[name] ?? []].flat().map(String);
  return {
    operands: positionals,
    has: (name) => values[name] === true,
    valueOf: (name) => valuesOf(name).at(-1),
    countOf: (name) => parseCount(name, valuesOf(name).at(-1)),
    valuesOf,
  };
}

function parseCount(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new UsageError(`--${name} must be a positive integer, not "${text}"`);
}

/** @throws {UsageError} when a command that needs operands has none */
export function requireOperands(given: readonly string[], { operands }: Usage): void {
  if (operands?.required === true && given.length === 0) {
    throw new UsageError(`at least one ${operands.name} is required`);
  }
}

type Parsed = Pick<ReturnType<typeof parseArgs>, 'values' | 'positionals'>;

function parse(words: readonly string[], usage: Usage): Parsed {
  const { options, operands } = usage;
  const args = repeatNames(words, usage);
  try {
    return parseArgs({ args, options, allowPositionals: operands !== undefined });
  } catch (error) {
    if (!isParseArgsError(error)) throw error;
    throw new UsageError(toProblem(error.message), { cause: error });
  }
}

/** Writes the name of an option with many values before each of them, as `parseArgs` expects it. */
function repeatNames(words: readonly string[], { options }: Usage): string[] {
  let current: string | undefined;
  return words.flatMap((word, index) => {
    if (word.startsWith('-')) {
      const name = word.slice('--'.length).split('=', 1)[0] ?? '';
      const isMany = Object.hasOwn(options, name) && options[name]?.takesMany === true;
      current = isMany ? `--${name}` : undefined;
      return [word];
    }
    return current === undefined || words[index - 1] === current ? [word] : [current, word];
  });
}

/** Keeps the first sentence of Node's message, which names the option, and omits its advice. */
function toProblem(message: string): string {
  const [sentence = message] = message.split('. ');
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

function isParseArgsError(error: unknown): error is Error {
  return (
    error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_')
  );
}
