import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { findJsonError } from '../../../../ui/components/json/findJsonError.ts';

test('the first error has its line, its column and what should be there', () => {
  const cases = [
    ['', 1, 1, 'a value expected'],
    ['{\n  "a": [1, 2,\n 3 x]}', 3, 4, '"," or "]" expected'],
    ['{"a":1,}', 1, 8, 'a key in quotation marks expected'],
    ["{'a':1}", 1, 2, 'a key in quotation marks expected'],
    ['{"a" 1}', 1, 6, '":" expected'],
    ['[1}', 1, 3, '"," or "]" expected'],
    ['{"a":NaN}', 1, 6, 'a value expected'],
    ['"a\\q"', 1, 3, 'invalid escape'],
    ['"a\nb"', 1, 3, 'a control character must be escaped'],
    ['"abc', 1, 1, 'the string has no closing quotation mark'],
    ['1 2', 1, 3, 'end of the text expected'],
    ['01', 1, 2, 'end of the text expected'],
  ] as const;
  for (const [text, line, column, message] of cases) {
    const { offset: _, ...found } = findJsonError(text) ?? { offset: 0 };
    assert.deepEqual(found, { line, column, message }, text);
  }
});

test('a text has no error exactly if JSON.parse accepts it', () => {
  const character = fc.constantFrom(...'{}[]:,"\\ \n0123456789.eE+-truefalsn/u\u0001ä'.split(''));
  const mutated = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', ' ', '\\', '0', '[', '\n'))
    .map(([text, at, inserted]) => {
      const index = at % (text.length + 1);
      return text.slice(0, index) + inserted + text.slice(index + 1);
    });
  const short = fc.array(character, { maxLength: 12 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.oneof(mutated, short, fc.json()), (text) => {
      assert.equal(findJsonError(text) === undefined, isJson(text));
    }),
    { numRuns: 5_000 },
  );
});

test('deep and large texts are checked', () => {
  const depth = 100_000;
  assert.equal(findJsonError('['.repeat(depth) + ']'.repeat(depth)), undefined);
  assert.equal(findJsonError('['.repeat(depth))?.column, depth + 1);
  assert.equal(findJsonError(JSON.stringify('x'.repeat(10_000_000))), undefined);
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
