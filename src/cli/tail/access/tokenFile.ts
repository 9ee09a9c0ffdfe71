import { readFileSync } from 'node:fs';
import { messageOf } from '../../../faults.ts';
import { CommandError } from '../../command/exit.ts';

/**
 * Creates a function that reads the bearer token of the sidecars. It is called at each connection,
 * because the token may change.
 * @param option the name of the option that has the file, such as `token-file`
 * @param file without one, no token is sent
 * @returns a function that throws a `CommandError` when the file cannot be used
 */
export function createTokenReader(
  option: string,
  file: string | undefined,
): () => string | undefined {
  return () => {
    if (file === undefined) return undefined;
    const token = readToken(option, file);
    if (token === '') throw new CommandError(`--${option}: ${file} is empty`);
    return token;
  };
}

function readToken(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new CommandError(`--${option}: ${messageOf(error)}`, { cause: error });
  }
}
