import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createCursor, isAtEnd, skipValue } from '../../envelope/json/json.ts';
import { JsonError } from '../../envelope/json/jsonError.ts';
import { messageOf } from '../../faults.ts';
import type { CommandContext } from '../command/command.ts';
import { CommandError } from '../command/exit.ts';
import { untilStopped } from '../command/signals.ts';
import { readInput } from './openInput.ts';

/** One JSON document of a file, byte for byte. */
export interface JsonDocument {
  readonly bytes: Buffer;
  /** The first line of the document, as `FILE:LINE`. */
  readonly position: string;
}

/**
 * Reads the JSON documents of a file: one, or several one after the other, as in JSON Lines.
 * @param file `-` is standard input; gzip is decompressed
 * @throws {CommandError} when the file cannot be read or contains invalid JSON, or when the command
 * is stopped
 */
export async function readDocuments(
  file: string,
  { stdin, stopped }: Pick<CommandContext, 'stdin' | 'stopped'>,
): Promise<JsonDocument[]> {
  const bytes = await untilStopped(readBytes(file, stdin), stopped);
  return splitDocuments(bytes, file === '-' ? 'stdin' : file);
}

async function readBytes(file: string, stdin: Readable): Promise<Buffer> {
  try {
    return await buffer(readInput(file, stdin));
  } catch (error) {
    throw new CommandError(`cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}

/** Some editors on Windows write it at the start of a file. */
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** @throws {CommandError} when the content is not valid JSON */
export function splitDocuments(content: Buffer, file: string): JsonDocument[] {
  const hasMark = content.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  const bytes = hasMark ? content.subarray(BYTE_ORDER_MARK.length) : content;
  const documents: JsonDocument[] = [];
  try {
    const cursor = createCursor(bytes, Number.POSITIVE_INFINITY);
    let line = 1;
    let counted = 0;
    while (!isAtEnd(cursor)) {
      line += countLines(bytes, counted, cursor.at);
      counted = cursor.at;
      const { start, end } = skipValue(cursor);
      documents.push({ bytes: bytes.subarray(start, end), position: `${file}:${line}` });
    }
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new CommandError(`${file}: ${error.message}`, { cause: error });
  }
  return documents;
}

const LINE_FEED = 0x0a;

function countLines(bytes: Buffer, from: number, to: number): number {
  let lines = 0;
  for (
    let at = bytes.indexOf(LINE_FEED, from);
    at >= 0 && at < to;
    at = bytes.indexOf(LINE_FEED, at + 1)
  )
    lines++;
  return lines;
}
