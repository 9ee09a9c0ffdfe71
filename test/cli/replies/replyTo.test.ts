import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replyToHeaders } from '../../../src/cli/replies/replyTo.ts';
import { hopOf } from '../../kit/envelopes/hops.ts';

test('an envelope becomes the only child of a fan-out, unless it is a child of one', () => {
  const { envelope } = hopOf({ envelope: { headers: { 'x-asya-hops': 3 } } });
  assert.deepEqual(replyToHeaders(envelope, 'asya:reply:a'), [
    ['x-asya-reply-to', 'asya:reply:a'],
    ['x-asya-fanout', { of: 'env-1', index: 0, total: 1, hop: 3 }],
  ]);
  const fanout = { of: 'env-0', index: 1, total: 2, hop: 1 };
  const child = hopOf({ envelope: { headers: { 'x-asya-fanout': fanout } } });
  assert.deepEqual(replyToHeaders(child.envelope, 'asya:reply:a'), [
    ['x-asya-reply-to', 'asya:reply:a'],
  ]);
});
