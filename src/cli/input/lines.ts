import type { Readable } from 'node:stream';
import { MIB } from '../../units.ts';
import { decompress, readInput } from './openInput.ts';

/** A file without line feeds must not fill the memory. */
const MAX_LINE_BYTES = 128 * MIB;

/**
 * Reads a text file line by line.
 * @param file `-` is standard input; gzip is decompressed
 * @throws when the file cannot be read, or a line is too long
 */
export function readLines(file: string, stdin: Readable): AsyncGenerator<string> {
  return splitLines(readInput(file, stdin), MAX_LINE_BYTES);
}

/**
 * Splits a text that may be gzipped into lines.
 * @throws when a line is too long, or the data is not valid gzip
 */
export function splitInput(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  return splitLines(decompress(chunks), MAX_LINE_BYTES);
}

const LINE_FEED = 0x0a;

/**
 * Splits a text into lines. Only a line feed ends a line: JSON strings may contain U+2028 and
 * U+2029, at which `node:readline` splits.
 * @throws when a line is too long
 */
export async function* splitLines(
  chunks: AsyncIterable<Buffer>,
  maxLineBytes: number,
): AsyncGenerator<string> {
  let pieces: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      pieces.push(chunk.subarray(start, end));
      yield decode(pieces);
      pieces = [];
      bytes = 0;
      start = end + 1;
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start));
    bytes += chunk.length - start;
    if (bytes > maxLineBytes) throw new Error(`a line is longer than ${maxLineBytes} bytes`);
  }
  if (pieces.length > 0) yield decode(pieces);
}

function decode(pieces: readonly Buffer[]): string {
  const [first] = pieces;
  const bytes = first !== undefined && pieces.length === 1 ? first : Buffer.concat(pieces);
  return bytes.toString('utf8');
}
