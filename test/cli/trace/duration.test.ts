import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDuration } from '../../../src/cli/trace/duration.ts';

test('a duration has two or three significant digits', () => {
  const formatted = [0.04, 9.96, 340, 999.6, 4_210, 99_960, 3_600_000, 36_000_000].map(
    formatDuration,
  );
  assert.deepEqual(formatted, [
    '0.0 ms',
    '10 ms',
    '340 ms',
    '1.00 s',
    '4.21 s',
    '2 min',
    '60 min',
    '10.0 h',
  ]);
});

test('an absurd duration has a short text too', () => {
  const formatted = [1e308, -5, -7_200_000, Number.NaN, Number.POSITIVE_INFINITY].map(
    formatDuration,
  );
  assert.deepEqual(formatted, ['2.8e+301 h', '-5.0 ms', '-2.0 h', '–', '–']);
});
