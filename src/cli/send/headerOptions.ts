import type { HeaderEdit } from '../../envelope/edit.ts';
import { HEADER } from '../../envelope/headers.ts';
import { UsageError } from '../command/exit.ts';

/** The headers that only a sidecar, or another option, may set. */
const OWN_PREFIX = 'x-asya-';
const OPTIONS: ReadonlyMap<string, string> = new Map([
  [HEADER.deadline, 'use --deadline'],
  [HEADER.replyTo, 'use --wait'],
]);

/**
 * Reads the headers of `--header` and `--deadline`.
 * @param headers `NAME=VALUE` each; of several values of one name the last one counts
 * @param deadlineMs milliseconds from now
 * @throws {UsageError}
 */
export function readHeaderOptions(
  headers: readonly string[],
  deadlineMs: number | undefined,
): readonly HeaderEdit[] {
  const values = new Map(headers.map(readHeader));
  if (deadlineMs !== undefined) {
    values.set(HEADER.deadline, new Date(Date.now() + deadlineMs).toISOString());
  }
  return [...values];
}

function readHeader(text: string): [name: string, value: string] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new UsageError(`--header must be NAME=VALUE, not "${text}"`);
  }
  const known = name.toLowerCase();
  if (!known.startsWith(OWN_PREFIX)) return [name, value];
  const instead = OPTIONS.get(known) ?? 'the sidecars set it';
  throw new UsageError(`--header must not set "${name}": ${instead}`);
}
