import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { keyAt } from '../../../src/envelope/json/keyCache.ts';

test('a key is what its bytes say, whatever came before it', () => {
  // Few bytes and few lengths, so that many keys want the same place.
  const keys = fc.array(
    fc.string({ unit: fc.constantFrom('a', 'b', 'é', '\\n', ' '), maxLength: 20 }),
  );
  fc.assert(
    fc.property(keys, (all) => {
      for (const key of all) assert.equal(read(key), key);
    }),
  );
});

test('a key that came before is not decoded again', () => {
  read('x-asya-hops');
  const again = keyAt(Buffer.from('"x-asya-hops"'), 1, 12, () => assert.fail('decoded again'));
  assert.equal(again, 'x-asya-hops');
});

test('what is kept of a key does not change with the message that it came in', () => {
  const message = Buffer.from('"first"');
  keyAt(message, 1, 6, () => 'first');
  message.write('other', 1);
  assert.equal(read('first'), 'first');
  assert.equal(read('other'), 'other');
});

function read(key: string): string {
  const bytes = Buffer.from(`"${key}"`);
  return keyAt(bytes, 1, bytes.length - 1, () => key);
}
