import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Checks whether traces can be appended to a file, without creating it.
 * @returns the problem, or undefined
 */
export function checkTraceFile(path: string): string | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory() === true)
      return `ASYA_TRACE_FILE: must be a file: "${path}" is a directory`;
    accessSync(stats === undefined ? dirname(path) : path, constants.W_OK);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return `ASYA_TRACE_FILE: must be a writable file in an existing directory: "${path}" (${code})`;
  }
}
