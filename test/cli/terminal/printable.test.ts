import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printable, printableLine } from '../../../src/cli/terminal/printable.ts';

test('control characters are escaped as in JSON', () => {
  assert.equal(printable('a\u001b[2J\n\u007f\u009b'), String.raw`a\u001b[2J\n\u007f\u009b`);
});

test('controls of bidirectional text and line separators are escaped', () => {
  const codes = [0x61c, 0x200e, 0x200f, 0x202a, 0x202e, 0x2066, 0x2069];
  for (const code of codes) {
    const escaped = `\\u${code.toString(16).padStart(4, '0')}`;
    assert.equal(printable(String.fromCodePoint(code)), escaped);
  }
  assert.equal(printable('a\u2028b\u2029'), String.raw`a\u2028b\u2029`);
  assert.equal(printableLine('evil\u202Egnp.exe'), String.raw`evil\u202egnp.exe`);
});

test('other text is unchanged', () => {
  assert.equal(printable('Grüße "世界" \\ 🌍'), 'Grüße "世界" \\ 🌍');
});

test('white space of a line is collapsed before control characters are escaped', () => {
  assert.equal(printableLine(' out of\n\t memory\u0007 '), String.raw`out of memory\u0007`);
});
