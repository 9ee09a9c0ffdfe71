import type { Readable } from 'node:stream';
import { isRecord } from '../../isRecord.ts';
import { messageOf } from '../../faults.ts';
import { CommandError } from '../command/exit.ts';
import { untilStopped } from '../command/signals.ts';
import type { FailedDelivery } from '../failures/failedForm.ts';
import { readLines } from '../input/lines.ts';
import { decodeMessage, MessageFormatError } from '../queue/messageJson.ts';

/** One line of a file that `errors export` or `errors discard` has written. */
export interface ArchivedLine {
  /** From 1. */
  readonly number: number;
  readonly content: FailedDelivery | { readonly problem: string };
}

/**
 * Reads the messages in a file. Empty lines are skipped.
 * @param file `-` is standard input; gzip is decompressed
 * @param stopped ends the wait for a line, and the file
 * @throws {CommandError} when the file cannot be read
 */
export async function* readArchivedMessages(
  file: string,
  stdin: Readable,
  stopped: AbortSignal,
): AsyncGenerator<ArchivedLine> {
  const lines = readLines(file, stdin);
  for (let number = 1; ; number++) {
    const line = await nextLine(lines, file, stopped);
    if (line === undefined) return;
    if (line.trim() !== '') yield { number, content: decodeLine(line) };
  }
}

/** Returns undefined at the end of the file, and when `stopped` aborts. */
async function nextLine(
  lines: AsyncGenerator<string>,
  file: string,
  stopped: AbortSignal,
): Promise<string | undefined> {
  const next = lines.next().catch((error: unknown) => {
    throw new CommandError(`cannot read ${file}: ${messageOf(error)}`, { cause: error });
  });
  try {
    const { done, value } = await untilStopped(next, stopped);
    return done === true ? undefined : value;
  } catch (error) {
    next.catch(() => {}); // it may reject after the wait has ended
    if (stopped.aborted) return undefined;
    throw error;
  }
}

function decodeLine(line: string): ArchivedLine['content'] {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    return { problem: `not JSON: ${messageOf(error)}` };
  }
  if (!isRecord(json) || json['message'] === undefined) {
    return { problem: 'not a line of "errors export" or "errors discard"' };
  }
  try {
    return decodeMessage(json['message']);
  } catch (error) {
    if (!(error instanceof MessageFormatError)) throw error;
    return { problem: error.message };
  }
}
