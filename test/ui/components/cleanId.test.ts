import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanId } from '../../../ui/components/cleanId.ts';

const CASES: readonly (readonly [text: string, id: string])[] = [
  ['order-4711', 'order-4711'],
  ['  order-4711\n', 'order-4711'],
  ['"order-4711"', 'order-4711'],
  ["'order 4711'", 'order 4711'],
  ['"order-4711",', 'order-4711'],
  ['`order-4711`', 'order-4711'],
  ['"order', '"order'],
  ['a"b', 'a"b'],
  ['" "', ''],
  ['', ''],
];

test('a copied id loses white space, quotes and the comma of a document', () => {
  for (const [text, id] of CASES) assert.equal(cleanId(text), id, text);
});
