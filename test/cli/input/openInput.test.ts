import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { readInput } from '../../../src/cli/input/openInput.ts';
import { MIB } from '../../../src/units.ts';

const NO_STDIN = Readable.from([]);

async function fileWith(t: TestContext, content: Buffer): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'asya-input-'));
  t.after(() => rm(directory, { recursive: true }));
  const file = join(directory, 'input');
  await writeFile(file, content);
  return file;
}

test('gzip is decompressed, whatever the name of the file is', async (t) => {
  const file = await fileWith(t, gzipSync('{"a":1}\n'));
  assert.equal(await text(readInput(file, NO_STDIN)), '{"a":1}\n');
});

test('several gzip files that were joined are read as one', async (t) => {
  const file = await fileWith(t, Buffer.concat([gzipSync('a\n'), gzipSync('b\n')]));
  assert.equal(await text(readInput(file, NO_STDIN)), 'a\nb\n');
});

test('standard input may be plain or gzip, in chunks of any size', async () => {
  const input = fc.record({
    content: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    isCompressed: fc.boolean(),
    chunkSize: fc.integer({ min: 1, max: 10 }),
  });
  await fc.assert(
    fc.asyncProperty(input, async ({ content, isCompressed, chunkSize }) => {
      // A plain input that begins as gzip does is taken for gzip.
      fc.pre(isCompressed || content[0] !== 0x1f);
      const bytes = isCompressed ? gzipSync(content) : content;
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += chunkSize)
        chunks.push(bytes.subarray(at, at + chunkSize));
      const read: Buffer[] = [];
      for await (const chunk of readInput('-', Readable.from(chunks))) read.push(chunk);
      assert.deepEqual(Buffer.concat(read), content);
    }),
    { numRuns: 200 },
  );
});

test('a gzip file that ends too early is an error', async (t) => {
  const complete = gzipSync('x'.repeat(1_000));
  const file = await fileWith(t, complete.subarray(0, complete.length - 10));
  await assert.rejects(text(readInput(file, NO_STDIN)), /unexpected end of file/);
});

test('a reader that stops early closes the input', async () => {
  for (const content of [Buffer.alloc(4 * MIB), gzipSync(Buffer.alloc(4 * MIB))]) {
    const stdin = Readable.from([content, Buffer.alloc(1)]);
    for await (const _ of readInput('-', stdin)) break;
    assert.equal(stdin.destroyed, true);
  }
});

test('standard input that was read already is an error', async () => {
  const stdin = Readable.from([Buffer.from('a')]);
  assert.equal(await text(readInput('-', stdin)), 'a');
  await assert.rejects(
    text(readInput('-', stdin)),
    /^Error: standard input can be read only once$/,
  );
});
