import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { readEnvelope } from '../../../src/envelope/envelope.ts';
import { idempotencyKeyOf } from '../../../src/runtime/http/idempotencyKey.ts';

test('the key consists of the envelope id, the hops and 16 hex digits of a SHA-256 of the payload', () => {
  const digest = createHash('sha256').update('{ "n": 1.0 }').digest('hex').slice(0, 16);
  assert.equal(keyOf({ id: 'order 7', hops: 3, payload: '{ "n": 1.0 }' }), `order 7.3.${digest}`);
});

test('the key changes with the envelope id, the hops and the payload', () => {
  const keys = [{}, { id: 'env-2' }, { hops: 1 }, { payload: '2' }].map(keyOf);
  assert.equal(new Set(keys).size, keys.length);
});

test('the key does not depend on other parts of the envelope', () => {
  assert.equal(keyOf({ more: '"x-trace":"a",' }), keyOf({ more: '"x-trace":"b",' }));
});

function keyOf({ id = 'env-1', hops = 0, payload = '1', more = '' }): string {
  const headers = `{${more}"x-asya-hops":${hops}}`;
  const route = '{"actors":["infer"],"current":0}';
  const text = `{"id":"${id}","headers":${headers},"route":${route},"payload":${payload}}`;
  return idempotencyKeyOf(readEnvelope(Buffer.from(text), { maxNesting: 10 }));
}
