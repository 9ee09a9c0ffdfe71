import assert from 'node:assert/strict';
import test from 'node:test';
import { endOfUnescapedRun } from '../../../src/envelope/json/stringScan.ts';

const PLAIN = 'x'.charCodeAt(0);
/**
 * How long a run is, and where its kinds of reading meet: byte by byte, word by word, and with `"`
 * and `\\` looked for first.
 */
const RUNS = [
  { length: 300, meetings: [0, 256, 284, 300] },
  { length: 40_000, meetings: [16_640, 16_672, 33_024, 39_984, 40_000] },
];

for (const { length, meetings } of RUNS) {
  const around = meetings
    .flatMap((meeting) => Array.from({ length: 9 }, (_, index) => meeting - 4 + index))
    .filter((at) => at >= 0 && at < length);

  test(`in ${length} bytes it ends at each that does not stand for itself, and at no other, wherever it is`, () => {
    for (let value = 0; value < 256; value++) {
      for (const at of around) {
        const bytes = Buffer.alloc(length, PLAIN);
        bytes[at] = value;
        assert.equal(
          endOfUnescapedRun(bytes, 0),
          isPlain(value) ? length : at,
          `byte ${value} at ${at}`,
        );
      }
    }
  });

  test(`in ${length} bytes it ends at the first of many, whichever bytes stand beside it`, () => {
    for (const [first, next] of [
      [0x22, 0x23],
      [0x5c, 0x5d],
      [0x22, 0x5c],
      [0x5c, 0x22],
      [0x1f, 0x20],
      [0x80, 0x22],
      [0xff, 0x00],
    ] as const) {
      for (const at of around) {
        const bytes = Buffer.alloc(length, PLAIN);
        bytes.set([first, next, first, next], Math.min(at, length - 4));
        const expected = bytes.findIndex((byte) => !isPlain(byte));
        assert.equal(endOfUnescapedRun(bytes, 0), expected, `${first} and ${next} at ${at}`);
      }
    }
  });
}

test('it keeps to its own bytes, wherever in the memory they start and end', () => {
  for (const { length } of RUNS) {
    const memory = Buffer.alloc(length + 128, '"');
    for (let start = 64; start < 72; start++) {
      for (let end = start + length; end < start + length + 8; end++) {
        memory.fill('"').fill(PLAIN, start, end);
        for (let from = 0; from < 8; from++) {
          const bytes = memory.subarray(start, end);
          assert.equal(
            endOfUnescapedRun(bytes, from),
            bytes.length,
            `${start} to ${end}, from ${from}`,
          );
          assert.equal(endOfUnescapedRun(memory.subarray(start, end + 1), from), bytes.length);
        }
      }
    }
  }
});

function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte !== 0x22 && byte !== 0x5c;
}
