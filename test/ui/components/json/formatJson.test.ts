import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { formatJson } from '../../../../ui/components/json/formatJson.ts';

test('a formatted text is indented, and keeps digits, escapes and the order of keys', () => {
  const text = '{"b":1.50,"a":[ ],"a":{"x":12345678901234567890,"s":"\\u00e4 {,}"}}';
  const lines = [
    '{',
    '  "b": 1.50,',
    '  "a": [],',
    '  "a": {',
    '    "x": 12345678901234567890,',
    '    "s": "\\u00e4 {,}"',
    '  }',
    '}',
  ];
  assert.equal(formatJson(text), lines.join('\n'));
});

test('formatting equals that of JSON.stringify', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const value: unknown = JSON.parse(text);
      assert.equal(formatJson(JSON.stringify(value)), JSON.stringify(value, null, 2));
    }),
  );
});

test('a deep text is formatted', () => {
  const depth = 10_000;
  const text = '['.repeat(depth) + ']'.repeat(depth);
  assert.equal(formatJson(text).replaceAll(/\s/g, ''), text);
});
