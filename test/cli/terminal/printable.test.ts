import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printable, printableLine } from '../../../src/cli/terminal/printable.ts';

test('control characters are escaped as in JSON', () => {
  assert.equal(printable('a\u001b[2J\n\u007f\u009b'), String.raw`a\u001b[2J\n\u007f\u009b`);
});

test('other text is unchanged', () => {
  assert.equal(printable('Grüße "世界" \\ 🌍'), 'Grüße "世界" \\ 🌍');
});

test('white space of a line is collapsed before control characters are escaped', () => {
  assert.equal(printableLine(' out of\n\t memory\u0007 '), String.raw`out of memory\u0007`);
});
