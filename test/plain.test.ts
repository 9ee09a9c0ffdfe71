import assert from 'node:assert/strict';
import test from 'node:test';
import { endOfPlain } from '../src/plain.ts';

const PLAIN = 'x'.charCodeAt(0);
/** Well into what is read a word at a time. */
const LENGTH_BYTES = 300;

test('ends at each byte that does not stand for itself, and at no other, wherever it is in a word', () => {
  for (let value = 0; value < 256; value++) {
    const isPlain = value >= 0x20 && value !== 0x22 && value !== 0x5c;
    for (const at of [0, 255, 256, 257, 280, 281, 282, 283, 284, 285, 286, 287, 297, 298, 299]) {
      const bytes = plainBytes();
      bytes[at] = value;
      assert.equal(endOfPlain(bytes, 0), isPlain ? LENGTH_BYTES : at, `byte ${value} at ${at}`);
    }
  }
});

test('ends at the first of many, whichever bytes stand beside it', () => {
  for (const [first, next] of [
    [0x22, 0x23],
    [0x5c, 0x5d],
    [0x1f, 0x20],
    [0x80, 0x22],
    [0xff, 0x00],
  ] as const) {
    for (let at = 250; at < 298; at++) {
      const bytes = plainBytes();
      bytes.set([first, next, first, next], Math.min(at, LENGTH_BYTES - 4));
      const expected = bytes.findIndex((byte) => byte < 0x20 || byte === 0x22 || byte === 0x5c);
      assert.equal(endOfPlain(bytes, 0), expected, `${first} and ${next} at ${at}`);
    }
  }
});

test('keeps to its own bytes, wherever in the memory they start and end', () => {
  const memory = Buffer.alloc(1024, '"');
  for (let start = 64; start < 72; start++) {
    for (let end = start + LENGTH_BYTES; end < start + LENGTH_BYTES + 8; end++) {
      memory.fill('"').fill(PLAIN, start, end);
      for (let from = 0; from < 8; from++) {
        const bytes = memory.subarray(start, end);
        assert.equal(endOfPlain(bytes, from), bytes.length, `${start} to ${end}, from ${from}`);
        assert.equal(endOfPlain(memory.subarray(start, end + 1), from), bytes.length);
      }
    }
  }
});

function plainBytes(): Buffer {
  return Buffer.alloc(LENGTH_BYTES, PLAIN);
}
