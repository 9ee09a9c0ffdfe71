import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as check, nat, property } from 'fast-check';
import { formatDuration, parseDuration } from '../../../src/config/formats/duration.ts';

// From TestParseDuration in Go's time_test.go, in milliseconds.
const GO: readonly [string, number][] = [
  ['0', 0],
  ['5s', 5_000],
  ['30s', 30_000],
  ['1478s', 1_478_000],
  ['-5s', -5_000],
  ['+5s', 5_000],
  ['-0', 0],
  ['+0', 0],
  ['5.0s', 5_000],
  ['5.6s', 5_600],
  ['5.s', 5_000],
  ['.5s', 500],
  ['1.0s', 1_000],
  ['1.00s', 1_000],
  ['1.004s', 1_004],
  ['1.0040s', 1_004],
  ['100.00100s', 100_001],
  ['10ns', 10 / 1e6],
  ['11us', 11 / 1e3],
  ['12µs', 12 / 1e3],
  ['12μs', 12 / 1e3],
  ['13ms', 13],
  ['14s', 14_000],
  ['15m', 900_000],
  ['16h', 57_600_000],
  ['3h30m', 12_600_000],
  ['10.5s4m', 250_500],
  ['-2m3.4s', -123_400],
  ['1h2m3s4ms5us6ns', 3_723_004 + 5 / 1e3 + 6 / 1e6],
  ['39h9m14.425s', 140_954_425],
];

test('a duration is parsed as Go parses it', () => {
  for (const [text, durationMs] of GO) assert.equal(parseDuration(text), durationMs + 0 || 0, text);
});

test('a duration that Go rejects is rejected', () => {
  for (const text of [
    '',
    '3',
    '-',
    's',
    '.',
    '-.',
    '.s',
    '+.s',
    '1d',
    '\x85\x85',
    '\xffff',
    '1 s',
    '1s ',
    '1S',
    '1m30',
    '1e3s',
  ]) {
    assert.equal(parseDuration(text), undefined, JSON.stringify(text));
  }
});

test('a printed duration is parsed to the same value', () => {
  check(
    property(nat(), (durationMs) => {
      assert.equal(parseDuration(formatDuration(durationMs)), durationMs);
    }),
  );
});

test('a duration is printed in hours, minutes, seconds and milliseconds', () => {
  assert.equal(formatDuration(0), '0s');
  assert.equal(formatDuration(90_000), '1m30s');
  assert.equal(formatDuration(3_600_001), '1h1ms');
});
