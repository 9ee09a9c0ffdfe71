import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLines } from '../../../ui/client/readLines.ts';

test('a line that is longer than the limit ends the reading', async () => {
  const lines: string[] = [];
  const reading = readLines(new Response(`${'a'.repeat(9)}\n${'b'.repeat(11)}`), {
    awaitPart: (part) => part,
    onLine: async (line) => void lines.push(line),
    maxLineLength: 10,
  });
  await assert.rejects(reading, /a line of the answer is too long/);
});

test('a response without a body has no lines', async () => {
  const onLine = (): Promise<void> => assert.fail('a line was read');
  await readLines(new Response(null), { awaitPart: (part) => part, onLine });
});
