import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isIdOrShortened, shortenId } from '../../../src/cli/trace/shortId.ts';

test('a long id is shortened in the middle', () => {
  assert.equal(shortenId('env-2026-11-29-000001.4.12', 13), 'env-20…1.4.12');
  assert.equal(shortenId('env-1', 5), 'env-1');
});

test('a shortened id selects the id, and no other of another start or end', () => {
  const id = fc.string({ unit: 'grapheme-ascii', maxLength: 60 });
  fc.assert(
    fc.property(id, fc.integer({ min: 3, max: 60 }), (it, width) => {
      assert.ok(isIdOrShortened(shortenId(it, width), it));
    }),
  );
  assert.ok(!isIdOrShortened('env-20…1.4.12', 'env-20.1.4.13'));
  assert.ok(!isIdOrShortened('env…env', 'env'));
  assert.ok(!isIdOrShortened('env-1', 'env-10'));
});
