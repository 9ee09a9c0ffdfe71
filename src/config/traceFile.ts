import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Says why traces cannot be appended to a file; undefined when they can. Makes no file. */
export function checkTraceFile(path: string): string | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory() === true)
      return `ASYA_TRACE_FILE: must be a file: "${path}" is a directory`;
    accessSync(stats === undefined ? dirname(path) : path, constants.W_OK);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return `ASYA_TRACE_FILE: must be a file that can be written, in a folder that exists: "${path}" (${code})`;
  }
}
