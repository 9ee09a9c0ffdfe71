import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { messageOf } from '../../faults.ts';
import { createCursor, isAtEnd, skipValue } from '../../envelope/json/json.ts';
import { JsonError } from '../../envelope/json/jsonError.ts';
import { CommandError, type CommandContext } from '../command/command.ts';
import { openInput } from './openInput.ts';
import { untilStopped } from '../command/untilStopped.ts';

/** One JSON document of a file, byte for byte. */
export interface JsonDocument {
  readonly bytes: Buffer;
  /** Where it stands, for people: `FILE:LINE`. */
  readonly place: string;
}

/**
 * Reads the documents of a file: one, or several one after the other, as in JSON lines.
 * @param file `-` is standard input
 * @throws {CommandError} naming the file, when it cannot be read or has something in it that is not
 * JSON; also when the command is stopped
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
    return await buffer(file === '-' ? stdin : openInput(file));
  } catch (error) {
    throw new CommandError(`${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** Editors on Windows begin a file with it. */
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** @throws {CommandError} */
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
      documents.push({ bytes: bytes.subarray(start, end), place: `${file}:${line}` });
    }
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new CommandError(`${file}: ${error.message}`, { cause: error });
  }
  return documents;
}

const LINE_END = 0x0a;

function countLines(bytes: Buffer, from: number, to: number): number {
  let lines = 0;
  for (
    let at = bytes.indexOf(LINE_END, from);
    at >= 0 && at < to;
    at = bytes.indexOf(LINE_END, at + 1)
  )
    lines++;
  return lines;
}
