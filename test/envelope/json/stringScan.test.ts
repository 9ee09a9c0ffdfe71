import assert from 'node:assert/strict';
import test from 'node:test';
import { endOfUnescapedRun } from '../../../src/envelope/json/stringScan.ts';

const UNESCAPED = 'x'.charCodeAt(0);

/**
 * Lengths of runs, and the indexes at which the scan changes its method: from bytes to windows,
 * from one window to the next, and back to bytes.
 */
const RUNS = [
  { length: 300, changes: [0, 256, 284, 300] },
  { length: 8_000, changes: [1_280, 1_312, 3_328, 7_424, 7_984, 8_000] },
];

for (const { length, changes } of RUNS) {
  const around = changes
    .flatMap((change) => Array.from({ length: 9 }, (_, index) => change - 4 + index))
    .filter((at) => at >= 0 && at < length);

  test(`a run of ${length} bytes ends at each byte that needs an escape, and at no other`, () => {
    for (let value = 0; value < 256; value++) {
      for (const at of around) {
        const bytes = Buffer.alloc(length, UNESCAPED);
        bytes[at] = value;
        assert.equal(
          endOfUnescapedRun(bytes, 0),
          isUnescaped(value) ? length : at,
          `byte ${value} at ${at}`,
        );
      }
    }
  });

  test(`a run of ${length} bytes ends at the first byte that needs an escape`, () => {
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
        const bytes = Buffer.alloc(length, UNESCAPED);
        bytes.set([first, next, first, next], Math.min(at, length - 4));
        const expected = bytes.findIndex((byte) => !isUnescaped(byte));
        assert.equal(endOfUnescapedRun(bytes, 0), expected, `${first} and ${next} at ${at}`);
      }
    }
  });
}

test('the scan never reads beyond its bytes, at any alignment in memory', () => {
  for (const { length } of RUNS) {
    const memory = Buffer.alloc(length + 128, '"');
    for (let start = 64; start < 72; start++) {
      for (let end = start + length; end < start + length + 8; end++) {
        memory.fill('"').fill(UNESCAPED, start, end);
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

function isUnescaped(byte: number): boolean {
  return byte >= 0x20 && byte !== 0x22 && byte !== 0x5c;
}
