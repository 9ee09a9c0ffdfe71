import assert from 'node:assert/strict';
import test from 'node:test';
import { addressOf, isPlanned, planOf } from '../../src/transport/topology.ts';

const TOPOLOGY = {
  actor: 'infer',
  happyEnd: 'happy-end',
  errorEnd: 'error-end',
  retryDelaysMs: [1_000, 5_000],
};
const QUORUM = { exchange: 'asya', queueType: 'quorum' } as const;

const LIMITS = { 'x-delivery-limit': 1_000_000_000, 'x-overflow': 'reject-publish' };
const deadLettersTo = (queue: string) => ({
  'x-dead-letter-exchange': '',
  'x-dead-letter-routing-key': queue,
});
const QUORUM_QUEUE = { 'x-queue-type': 'quorum', 'x-dead-letter-strategy': 'at-least-once', ...LIMITS };

test('an actor has its queue, the ends, error-end with its parked queue, and a retry queue for each delay', () => {
  const { own, queues, retryQueues } = planOf(TOPOLOGY, QUORUM);
  assert.equal(own, 'asya-infer');
  assert.deepEqual(
    queues.map(({ name, boundBy }) => [name, boundBy]),
    [
      ['asya-infer', 'infer'],
      ['asya-happy-end', 'happy-end'],
      ['asya-error-end', 'error-end'],
      ['asya-error-end:parked', undefined],
    ],
  );
  assert.deepEqual(
    retryQueues.map(({ name, boundBy }) => [name, boundBy]),
    [
      ['asya-infer:retry:1000', undefined],
      ['asya-infer:retry:5000', undefined],
    ],
  );
});

test('what a limit of the broker puts out of a queue goes to error-end, and out of error-end to its parked queue', () => {
  const [own, happyEnd, errorEnd, parked] = planOf(TOPOLOGY, QUORUM).queues;
  assert.deepEqual(own?.arguments, { ...QUORUM_QUEUE, ...deadLettersTo('asya-error-end') });
  assert.deepEqual(happyEnd?.arguments, own.arguments);
  assert.deepEqual(errorEnd?.arguments, { ...QUORUM_QUEUE, ...deadLettersTo('asya-error-end:parked') });
  assert.deepEqual(parked?.arguments, { 'x-queue-type': 'quorum', ...LIMITS });
});

test('what waits in a retry queue goes back to the actor, and never disappears with the queue', () => {
  const [first] = planOf(TOPOLOGY, QUORUM).retryQueues;
  assert.deepEqual(first?.arguments, {
    ...QUORUM_QUEUE,
    ...deadLettersTo('asya-infer'),
    'x-message-ttl': 1_000,
  });
});

test('a classic own queue has none of the arguments that a classic queue refuses; all others stay quorum', () => {
  const { queues, retryQueues, ownType } = planOf(TOPOLOGY, { ...QUORUM, queueType: 'classic' });
  const [own, ...others] = [...queues, ...retryQueues];
  assert.equal(ownType, 'classic');
  assert.deepEqual(own?.arguments, {
    'x-queue-type': 'classic',
    'x-overflow': 'reject-publish',
    ...deadLettersTo('asya-error-end'),
  });
  for (const queue of others) assert.equal(queue.arguments['x-queue-type'], 'quorum', queue.name);
});

test('an end has the same queue, whoever declares it', () => {
  const byActor = planOf(TOPOLOGY, QUORUM).queues;
  const byEnd = planOf({ ...TOPOLOGY, actor: 'error-end' }, { ...QUORUM, queueType: 'classic' });
  assert.equal(byEnd.ownType, 'quorum');
  assert.deepEqual(byEnd.queues, byActor.slice(1));
});

test('a delay that occurs twice has one queue', () => {
  const { retryQueues } = planOf({ ...TOPOLOGY, retryDelaysMs: [100, 100] }, QUORUM);
  assert.equal(retryQueues.length, 1);
});

test('actors are reached through the exchange, retry and parked queues by their names', () => {
  assert.deepEqual(addressOf('infer', 0, 'asya'), { exchange: 'asya', routingKey: 'infer' });
  assert.deepEqual(addressOf('infer', 5_000, 'asya'), { exchange: '', routingKey: 'asya-infer:retry:5000' });
  assert.deepEqual(addressOf('error-end:parked', 0, 'asya'), {
    exchange: '',
    routingKey: 'asya-error-end:parked',
  });
});

test('knows which addresses must be routable, as they are its own', () => {
  const plan = planOf(TOPOLOGY, QUORUM);
  for (const [queue, delayMs] of [
    ['infer', 0],
    ['infer', 1_000],
    ['happy-end', 0],
    ['error-end', 0],
    ['error-end:parked', 0],
  ] as const) {
    assert.equal(isPlanned(addressOf(queue, delayMs, 'asya'), plan), true, queue);
  }
  assert.equal(isPlanned(addressOf('another', 0, 'asya'), plan), false);
  assert.equal(isPlanned(addressOf('infer', 7_000, 'asya'), plan), false);
});
