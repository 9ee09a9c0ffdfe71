import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRetryAfter } from '../../../src/runtime/http/retryAfter.ts';

const NOW_MS = Date.parse('1994-11-06T08:49:30Z');

for (const [text, afterMs] of [
  ['7', 7_000],
  ['0', 0],
  ['99999999999999999999', 1e23],
  ['Sun, 06 Nov 1994 08:49:37 GMT', 7_000],
  ['Sunday, 06-Nov-94 08:49:37 GMT', 7_000],
  ['Sun Nov  6 08:49:37 1994', 7_000],
  ['Sun, 06 Nov 1994 08:49:00 GMT', 0],
  ['-1', undefined],
  ['1.5', undefined],
  ['1994-11-06T08:49:37Z', undefined],
  ['Monday', undefined],
  ['', undefined],
  [undefined, undefined],
] as const) {
  test(`Retry-After ${JSON.stringify(text)} is ${afterMs} ms`, () => {
    assert.equal(readRetryAfter(text, NOW_MS), afterMs);
  });
}
