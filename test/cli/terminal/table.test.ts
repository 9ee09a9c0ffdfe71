import assert from 'node:assert/strict';
import { test } from 'node:test';
import { styleText } from 'node:util';
import { formatTable } from '../../../src/cli/terminal/table.ts';

test('a column is as wide as its longest cell, and the last column is not padded', () => {
  const rows = [
    ['id', 'code'],
    ['env-1', '-'],
  ];
  assert.equal(formatTable(rows), 'id     code\nenv-1  -\n');
});

test('a column may be aligned to the right', () => {
  const rows = [
    ['sent', '1'],
    ['lost', '10'],
  ];
  assert.equal(formatTable(rows, ['left', 'right']), 'sent   1\nlost  10\n');
});

test('colour sequences take no width', () => {
  const red = styleText('red', 'no', { validateStream: false });
  const rows = [
    [red, 'a'],
    ['yes', 'b'],
  ];
  assert.equal(formatTable(rows), `${red}   a\nyes  b\n`);
});
