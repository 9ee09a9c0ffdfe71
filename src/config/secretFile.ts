import { readFileSync } from 'node:fs';
import type { Values, VariableName } from './schema.ts';

/** A file that a variable names is unusable. `message` names the variable and the broken rule. */
export class FileError extends Error {
  override readonly name = 'FileError';
}

type FileVariable = Extract<VariableName, `${string}_FILE`>;

/**
 * Reads a secret without the final line end that editors and `echo` append.
 * @returns undefined if the variable is not set
 * @throws {FileError}
 */
export function readSecret(values: Values, name: FileVariable): string | undefined {
  return readFile(values, name)
    ?.toString('utf8')
    .replace(/\r?\n$/, '');
}

/**
 * @returns undefined if the variable is not set
 * @throws {FileError}
 */
export function readFile(values: Values, name: FileVariable): Buffer | undefined {
  const path = values[name];
  if (path === null) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    // The message of the error contains the path, which may be the secret itself by mistake.
    throw new FileError(`${name}: the file cannot be read (${codeOf(error)})`, { cause: error });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
