import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { KnownKeys } from '../../../src/envelope/json/knownKeys.ts';

const KEYS = ['', 'a', 'é', 'route', 'actor', 'x-asya-hops', 'x-asya-hop'];

test('a known key is found by its bytes, wherever they are', () => {
  const known = new KnownKeys(KEYS);
  for (const key of KEYS) {
    const bytes = Buffer.from(`..${key}..`);
    assert.equal(known.find(bytes, 2, bytes.length - 2), key);
  }
});

test('any other key is unknown', () => {
  const known = new KnownKeys(KEYS);
  // Few characters and lengths, so that many keys resemble a known one.
  const key = fc.string({ unit: fc.constantFrom('a', 'c', 'é', 'e', '-', '\\'), maxLength: 6 });
  fc.assert(
    fc.property(key, (text) => {
      const bytes = Buffer.from(text);
      const expected = KEYS.includes(text) ? text : undefined;
      assert.equal(known.find(bytes, 0, bytes.length), expected);
    }),
  );
});

test('a key that ends beyond the bytes is unknown', () => {
  assert.equal(new KnownKeys(['ab']).find(Buffer.from('a'), 0, 2), undefined);
});
