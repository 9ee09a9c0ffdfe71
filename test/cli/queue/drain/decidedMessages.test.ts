import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DecidedMessages } from '../../../../src/cli/queue/drain/decidedMessages.ts';
import type { QueuedMessage } from '../../../../src/transport/inspection/queueReader.ts';

const message: QueuedMessage = {
  id: 'message-1',
  body: Buffer.from('{"a": 1}'),
  headers: { 'asya-attempt': 2 },
  deadLetter: undefined,
  isReady: true,
  isDelayed: false,
};

test('a message that was left is recognised in each later round', () => {
  const decided = new DecidedMessages();
  decided.remember(message, 'leave', true);
  for (const _ of [1, 2, 3]) {
    decided.endRound(true);
    assert.equal(decided.recall({ ...message }), 'leave');
    assert.equal(decided.recall({ ...message }), undefined);
  }
});

test('a message that one round did not see is recognised in the next one', () => {
  const decided = new DecidedMessages();
  decided.remember(message, 'leave', true);
  decided.endRound(true);
  decided.endRound(true);
  assert.equal(decided.recall(message), 'leave');
});

test('of equal messages as many are recognised as were left', () => {
  const decided = new DecidedMessages();
  for (const _ of [1, 2]) decided.remember(message, 'leave', true);
  decided.endRound(true);
  const verdicts = [1, 2, 3].map(() => decided.recall(message));
  assert.deepEqual(verdicts, ['leave', 'leave', undefined]);
});

test('a confirmed ack is forgotten, and a lost one is repeated', () => {
  const decided = new DecidedMessages();
  decided.remember(message, 'acknowledge', true);
  decided.endRound(true);
  assert.equal(decided.recall(message), undefined);
  decided.remember(message, 'acknowledge', true);
  decided.endRound(false);
  assert.equal(decided.recall(message), 'acknowledge');
  decided.endRound(false);
  assert.equal(decided.recall(message), 'acknowledge');
  decided.endRound(true);
  assert.equal(decided.recall(message), undefined);
});

test('an ack without effect is repeated, even in the same round', () => {
  const decided = new DecidedMessages();
  decided.remember(message, 'acknowledge', false);
  assert.equal(decided.recall(message), 'acknowledge');
});

test('a message with another body, message id or attempt is another message', () => {
  const decided = new DecidedMessages();
  decided.remember(message, 'leave', true);
  decided.endRound(true);
  const others: readonly QueuedMessage[] = [
    { ...message, body: Buffer.from('{}') },
    { ...message, id: 'message-2' },
    { ...message, headers: { 'asya-attempt': 3 } },
  ];
  for (const other of others) assert.equal(decided.recall(other), undefined);
  assert.equal(decided.recall(message), 'leave');
});
