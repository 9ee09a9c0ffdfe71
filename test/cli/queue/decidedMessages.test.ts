import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DecidedMessages } from '../../../src/cli/queue/decidedMessages.ts';
import type { Delivery } from '../../../src/transport/transport.ts';
import { deliveryOf } from '../../kit/envelopes/hops.ts';

const again: Delivery = { ...deliveryOf({ headers: { 'asya-attempt': 2 } }), redelivered: true };

test('a message that may have come again is recognised once', () => {
  const visits = new DecidedMessages(10);
  visits.add(again, 'acknowledge', () => true);
  assert.equal(visits.recall({ ...again }), 'acknowledge');
  assert.equal(visits.recall({ ...again }), undefined);
});

test('a message that cannot come again is not recognised in one that looks the same', () => {
  const visits = new DecidedMessages(10);
  visits.add(again, 'acknowledge', () => false);
  assert.equal(visits.recall({ ...again }), undefined);
});

test('a first delivery, another body, message id or attempt is another message', () => {
  const visits = new DecidedMessages(10);
  visits.add(again, 'leave', () => true);
  const others: readonly Delivery[] = [
    { ...again, redelivered: false },
    { ...again, body: Buffer.from('{}') },
    { ...again, id: 'message-2' },
    { ...again, headers: { 'asya-attempt': 3 } },
  ];
  for (const other of others) assert.equal(visits.recall(other), undefined);
  assert.equal(visits.recall(again), 'leave');
});

test('only the newest are remembered', () => {
  const visits = new DecidedMessages(1);
  visits.add(again, 'leave', () => true);
  visits.add({ ...again, id: 'message-2' }, 'leave', () => true);
  assert.equal(visits.recall(again), undefined);
});
