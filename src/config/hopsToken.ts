import type { Values } from './schema.ts';
import { FileError, readSecret } from './secretFile.ts';

/**
 * Reads the bearer token of /hops. Each call reads the mounted secret again.
 * @returns undefined if no file is configured
 * @throws {FileError} also if the file is empty
 */
export function readHopsToken(values: Values): string | undefined {
  const token = readSecret(values, 'ASYA_HOPS_TOKEN_FILE');
  if (token === '') throw new FileError('ASYA_HOPS_TOKEN_FILE: the file is empty');
  return token;
}
