import assert from 'node:assert/strict';
import { test } from 'node:test';
import { visibleId, visibleText } from '../../../ui/components/visibleText.ts';

test('characters that are not seen become escapes', () => {
  assert.equal(visibleText('a\u202Egpj.exe'), String.raw`a\u202egpj.exe`);
  assert.equal(
    visibleText('\u0000\u001B[31m\u007F\u0085\r'),
    String.raw`\u0000\u001b[31m\u007f\u0085\u000d`,
  );
  assert.equal(visibleText('zero\u200Bwidth\uFEFF'), String.raw`zero\u200bwidth\ufeff`);
  assert.equal(visibleText('half \uD83D'), String.raw`half \ud83d`);
});

test('line breaks, tabs and characters of all languages stay', () => {
  const text = 'Ünïcödé 日本語 עברית 👍🏽\n\tnext';
  assert.equal(visibleText(text), text);
});

test('an id of spaces alone has quotation marks', () => {
  assert.deepEqual([' ', '', '\u00a0', ' a '].map(visibleId), ['" "', '""', '"\u00a0"', ' a ']);
});
