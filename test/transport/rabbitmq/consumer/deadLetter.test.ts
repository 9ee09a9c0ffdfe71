import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDeadLetter } from '../../../../src/transport/rabbitmq/consumer/deadLetter.ts';

const death = (queue: string, reason: string): object => ({
  queue,
  reason,
  count: 1,
  exchange: '',
  time: { '!': 'timestamp', value: 1_795_000_000 },
});

test('the dead letter names the queue that the message was published to', () => {
  assert.deepEqual(readDeadLetter([death('asya-infer', 'delivery_limit')]), {
    queue: 'infer',
    reason: 'delivery_limit',
    atMs: 1_795_000_000_000,
  });
  const moved = [death('asya-error-end', 'maxlen'), death('asya-infer', 'rejected')];
  assert.equal(readDeadLetter(moved)?.queue, 'infer');
  assert.equal(readDeadLetter([death('orders', 'expired')])?.queue, 'orders');
});

test('the expiry of a delay in a retry queue is not a dead letter', () => {
  assert.equal(readDeadLetter([death('asya-infer:retry:5000', 'expired')]), undefined);
  const after = [death('asya-infer', 'maxlen'), death('asya-infer:retry:5000', 'expired')];
  assert.equal(readDeadLetter(after)?.reason, 'maxlen');
});

test('a malformed header is ignored', () => {
  for (const deaths of [
    undefined,
    'x',
    {},
    [],
    [null],
    [1],
    [{ queue: 1, reason: 'x' }],
    [{ reason: 'x' }],
  ]) {
    assert.equal(readDeadLetter(deaths), undefined);
  }
  const time = { '!': 'timestamp', value: 1e30 };
  assert.equal(readDeadLetter([{ queue: 'a', reason: 'b', time }])?.atMs, undefined);
});
