import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { readLines } from '../../../src/cli/input/lines.ts';
import { MIB } from '../../../src/units.ts';

test('only a line feed ends a line', async (t) => {
  assert.deepEqual(await linesOf(t, 'a\u2028b\u0085c\nd\r\n'), ['a\u2028b\u0085c', 'd\r']);
});

test('the last line may lack a line feed, and an empty file has no line', async (t) => {
  assert.deepEqual(await linesOf(t, '\na'), ['', 'a']);
  assert.deepEqual(await linesOf(t, ''), []);
});

test('a line may be longer than a chunk of the file', async (t) => {
  const long = 'ä'.repeat(2 * MIB);
  assert.deepEqual(await linesOf(t, `${long}\nb\n`), [long, 'b']);
});

async function linesOf(t: TestContext, content: string): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'asya-lines-'));
  t.after(() => rm(directory, { recursive: true }));
  const file = join(directory, 'lines');
  await writeFile(file, content);
  const lines: string[] = [];
  for await (const line of readLines(file, Readable.from([]))) lines.push(line);
  return lines;
}
