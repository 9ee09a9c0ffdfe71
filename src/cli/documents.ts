import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { messageOf } from '../errors.ts';
import { JsonError, openJson, skipValue } from '../json.ts';
import { endOfSpace } from '../tokens.ts';
import { CommandError } from './command.ts';

/** One JSON document of a file, byte for byte. */
export interface JsonDocument {
  readonly bytes: Buffer;
  /** Where it stands, for people: `FILE:LINE`. */
  readonly place: string;
}

/**
 * Reads the documents of a file: one, or several one after the other, as JSON lines have them.
 * @param file `-` is standard input
 * @throws {CommandError} naming the file, when it cannot be read or something in it is no JSON
 */
export async function readDocuments(file: string, stdin: Readable): Promise<JsonDocument[]> {
  return splitDocuments(await readBytes(file, stdin), file === '-' ? 'stdin' : file);
}

async function readBytes(file: string, stdin: Readable): Promise<Buffer> {
  try {
    return file === '-' ? await buffer(stdin) : await readFile(file);
  } catch (error) {
    throw new CommandError(`${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** @throws {CommandError} */
export function splitDocuments(bytes: Buffer, file: string): JsonDocument[] {
  const documents: JsonDocument[] = [];
  try {
    const cursor = openJson(bytes, Number.POSITIVE_INFINITY);
    let line = 1;
    let counted = 0;
    while (cursor.at < bytes.length) {
      line += countLines(bytes, counted, cursor.at);
      counted = cursor.at;
      const { start, end } = skipValue(cursor);
      documents.push({ bytes: bytes.subarray(start, end), place: `${file}:${line}` });
      cursor.at = endOfSpace(bytes, end);
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
  for (let at = bytes.indexOf(LINE_END, from); at >= 0 && at < to; at = bytes.indexOf(LINE_END, at + 1))
    lines++;
  return lines;
}
