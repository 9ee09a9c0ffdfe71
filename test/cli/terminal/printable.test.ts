import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printable, printableLine } from '../../../src/cli/terminal/printable.ts';

test('control characters are escaped as in JSON', () => {
  assert.equal(printable('a\u001b[2J\n\u007f\u009b'), String.raw`a\u001b[2J\n\u007f\u009b`);
});

test('controls of bidirectional text and line separators are escaped', () => {
  const controls = '\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069';
  const escaped = [...controls].map(
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  assert.equal(printable(controls), escaped.join(''));
  assert.equal(printable('a\u2028b\u2029'), String.raw`a\u2028b\u2029`);
  assert.equal(printableLine('evil\u202Egnp.exe'), String.raw`evil\u202egnp.exe`);
});

test('other text is unchanged', () => {
  assert.equal(printable('Grüße "世界" \\ 🌍'), 'Grüße "世界" \\ 🌍');
});

test('white space of a line is collapsed before control characters are escaped', () => {
  assert.equal(printableLine(' out of\n\t memory\u0007 '), String.raw`out of memory\u0007`);
});
