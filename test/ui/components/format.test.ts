import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatBytes,
  formatCount,
  formatExact,
  formatExactTime,
  formatRate,
  formatTime,
} from '../../../ui/components/format.ts';

test('a count is a whole number below 10,000 and has three digits above', () => {
  const cases = [
    [0, '0'],
    [1_229.584_937, '1,230'],
    [9_999, '9,999'],
    [9_999.6, '10.0 k'],
    [10_000, '10.0 k'],
    [12_345, '12.3 k'],
    [999_499, '999 k'],
    [999_500, '1.00 M'],
    [4_000_000, '4.00 M'],
    [-12_345, '-12.3 k'],
  ] as const;
  for (const [count, text] of cases) assert.equal(formatCount(count), text);
});

test('a rate is 0 only if nothing happens', () => {
  const cases = [
    [0, '0'],
    [0.004, '<0.01'],
    [0.05, '0.05'],
    [1.234, '1.23'],
    [123.4, '123'],
    [1_234.5, '1,235'],
    [12_345, '12.3 k'],
  ] as const;
  for (const [rate, text] of cases) assert.equal(formatRate(rate), text);
});

test('a size has a binary unit', () => {
  const cases = [
    [0, '0 B'],
    [1_023, '1023 B'],
    [1_536, '1.50 KiB'],
    [1_048_500, '1.00 MiB'],
    [5e12, '4657 GiB'],
  ] as const;
  for (const [size, text] of cases) assert.equal(formatBytes(size), text);
});

test('a time is local, and has its date on other days', () => {
  const now = new Date(2026, 10, 29, 23, 59);
  const time = new Date(2026, 10, 29, 1, 2, 3, 45);
  assert.equal(formatTime(time.toISOString(), now), '01:02:03');
  assert.equal(formatTime(time.toISOString(), new Date(2026, 10, 30)), '2026-11-29 01:02:03');
  assert.match(formatExactTime(time.toISOString()), /^2026-11-29 01:02:03\.045 [+-]\d\d:\d\d$/);
});

test('an invalid time is shown as it is', () => {
  assert.equal(formatTime('yesterday', new Date()), '–');
  assert.equal(formatTime(undefined, new Date()), '–');
  assert.equal(formatExactTime('yesterday'), 'yesterday');
});

test('a number that is not finite is unknown, and a huge one is short', () => {
  for (const format of [formatCount, formatExact, formatRate, formatBytes]) {
    for (const value of [Number.NaN, Infinity, -Infinity]) assert.equal(format(value), '–');
    assert.equal(format(1e308), '1.00e+308');
  }
  assert.equal(formatRate(-5), '-5.00');
  assert.equal(formatExact(999_999_999_999_999), '999,999,999,999,999');
});
