import { constants, createReadStream, openSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { KIB, MIB } from '../../units.ts';

/**
 * Reads a file in chunks. Decompresses a file that begins with the magic number of gzip.
 * @param file `-` is standard input
 * @throws when the file cannot be read
 */
export async function* readInput(file: string, stdin: Readable): AsyncGenerator<Buffer> {
  yield* decompress(file === '-' ? openStdin(stdin) : openFile(file));
}

/** Decompresses data that begins with the magic number of gzip; passes other data on. */
export async function* decompress(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]();
  const head = await readHead(chunks, GZIP_MAGIC.length);
  const all = join(head, chunks);
  yield* head.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC) ? gunzip(all) : all;
}

/** RFC 1952, section 2.3.1: ID1 and ID2. */
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

function openStdin(stdin: Readable): Readable {
  if (stdin.readableEnded) throw new Error('standard input can be read only once');
  return stdin;
}

/**
 * A named pipe is opened without waiting for its writer: the wait would block a thread, and a
 * process cannot exit before its threads end.
 */
function openFile(path: string): Readable {
  if (!statSync(path).isFIFO()) return createReadStream(path, { highWaterMark: MIB });
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}

/** Reads chunks until they have `bytes` bytes; fewer at the end of the input. */
async function readHead(chunks: AsyncIterator<Buffer>, bytes: number): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < bytes) {
    const { done, value } = await chunks.next();
    if (done === true) break;
    head = head.length === 0 ? value : Buffer.concat([head, value]);
  }
  return head;
}

async function* join(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (head.length > 0) yield head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
      yield next.value;
    }
  } finally {
    await rest.return?.();
  }
}

function gunzip(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  // The stream that is returned has the error of the pipeline.
  return pipeline(chunks, createGunzip({ chunkSize: 256 * KIB }), () => {});
}
