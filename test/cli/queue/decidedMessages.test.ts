import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DecidedMessages } from '../../../src/cli/queue/decidedMessages.ts';
import type { Delivery } from '../../../src/transport/transport.ts';
import { deliveryOf } from '../../kit/envelopes/hops.ts';

const again: Delivery = { ...deliveryOf({ headers: { 'asya-attempt': 2 } }), redelivered: true };

test('a redelivered message is recognised once', () => {
  const decided = new DecidedMessages(10);
  decided.remember(again, 'acknowledge', () => true);
  assert.equal(decided.recall({ ...again }), 'acknowledge');
  assert.equal(decided.recall({ ...again }), undefined);
});

test('a message that cannot be redelivered is not confused with an identical one', () => {
  const decided = new DecidedMessages(10);
  decided.remember(again, 'acknowledge', () => false);
  assert.equal(decided.recall({ ...again }), undefined);
});

test('a first delivery, and one with another body, message id or attempt, is another message', () => {
  const decided = new DecidedMessages(10);
  decided.remember(again, 'leave', () => true);
  const others: readonly Delivery[] = [
    { ...again, redelivered: false },
    { ...again, body: Buffer.from('{}') },
    { ...again, id: 'message-2' },
    { ...again, headers: { 'asya-attempt': 3 } },
  ];
  for (const other of others) assert.equal(decided.recall(other), undefined);
  assert.equal(decided.recall(again), 'leave');
});

test('only the newest verdicts are kept', () => {
  const decided = new DecidedMessages(1);
  decided.remember(again, 'leave', () => true);
  decided.remember({ ...again, id: 'message-2' }, 'leave', () => true);
  assert.equal(decided.recall(again), undefined);
});
