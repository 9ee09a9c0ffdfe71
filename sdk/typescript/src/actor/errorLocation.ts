import { fileURLToPath } from 'node:url';

/** The folder of the kit. */
const OWN_FOLDER = fileURLToPath(new URL('..', import.meta.url));

const FRAME = /^ {4}at (?:.*\()?(?:file:\/\/)?(\/[^()]+:\d+):\d+\)?$/;

/** Returns `file:line` of the innermost frame outside of the kit; undefined if there is none. */
export function locationOf(error: unknown): string | undefined {
  for (const line of linesOf(error)) {
    const place = FRAME.exec(line)?.[1];
    if (place !== undefined && !place.startsWith(OWN_FOLDER)) return place;
  }
  return undefined;
}

function linesOf(error: unknown): readonly string[] {
  try {
    const stack: unknown = error instanceof Error ? error.stack : undefined;
    return typeof stack === 'string' ? stack.slice(0, MAX_STACK_LENGTH).split('\n') : [];
  } catch {
    return []; // a getter of the error throws
  }
}

/** In characters. */
const MAX_STACK_LENGTH = 64 * 1024;
