import { openInput } from './openInput.ts';

const LINE_FEED = 0x0a;

/**
 * Reads a text file line by line. Only a line feed ends a line: JSON strings may contain U+2028 and
 * U+2029, at which `node:readline` splits.
 * @throws when the file cannot be read
 */
export async function* readLines(path: string): AsyncGenerator<string> {
  let pieces: Buffer[] = [];
  for await (const chunk of openInput(path) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      pieces.push(chunk.subarray(start, end));
      yield decode(pieces);
      pieces = [];
      start = end + 1;
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start));
  }
  if (pieces.length > 0) yield decode(pieces);
}

function decode(pieces: readonly Buffer[]): string {
  const [first] = pieces;
  const bytes = first !== undefined && pieces.length === 1 ? first : Buffer.concat(pieces);
  return bytes.toString('utf8');
}
