import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOptions } from '../../../tools/uiLoad/options.ts';

test('an option of the load has a default, and an invalid one is named', () => {
  const { seconds, rate, errors, only, help } = readOptions(['--help', '--rate', '5']);
  assert.deepEqual([seconds, rate, errors, only, help], [30, 5, 50_000, undefined, true]);
  const message = '--errors must be an integer of at least 1, not "many"';
  assert.throws(() => readOptions(['--errors', 'many']), { message });
  assert.throws(() => readOptions(['--only', 'x']), /^Error: --only must be pipeline or errors/);
  assert.throws(() => readOptions(['--bogus']), /Unknown option '--bogus'/);
});
