import assert from 'node:assert/strict';
import test from 'node:test';
import { addressOf, planTopology } from '../../../../src/transport/rabbitmq/topology/plan.ts';

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
const QUORUM_QUEUE = {
  'x-queue-type': 'quorum',
  'x-dead-letter-strategy': 'at-least-once',
  ...LIMITS,
};

test('an actor needs its own queue, those of the ends, a parked queue and a retry queue for each delay', () => {
  const { ownQueue, queues, onDemandQueues } = planTopology(TOPOLOGY, QUORUM);
  assert.equal(ownQueue, 'asya-infer');
  assert.deepEqual(
    queues.map(({ name, bindingKey }) => [name, bindingKey]),
    [
      ['asya-infer', 'infer'],
      ['asya-happy-end', 'happy-end'],
      ['asya-error-end', 'error-end'],
    ],
  );
  assert.deepEqual(
    onDemandQueues.map(({ name, bindingKey }) => [name, bindingKey]),
    [
      ['asya-error-end:parked', undefined],
      ['asya-infer:retry:1000', undefined],
      ['asya-infer:retry:5000', undefined],
    ],
  );
});

test('queues dead-letter to error-end, and the queue of error-end to its parked queue', () => {
  const { queues, onDemandQueues } = planTopology(TOPOLOGY, QUORUM);
  const [own, happyEnd, errorEnd] = queues;
  const [parked] = onDemandQueues;
  assert.deepEqual(own?.arguments, { ...QUORUM_QUEUE, ...deadLettersTo('asya-error-end') });
  assert.deepEqual(happyEnd?.arguments, own.arguments);
  assert.deepEqual(errorEnd?.arguments, {
    ...QUORUM_QUEUE,
    ...deadLettersTo('asya-error-end:parked'),
  });
  assert.deepEqual(parked?.arguments, { 'x-queue-type': 'quorum', ...LIMITS });
});

test('a retry queue dead-letters expired messages to the actor and never expires itself', () => {
  const [, first] = planTopology(TOPOLOGY, QUORUM).onDemandQueues;
  assert.deepEqual(first?.arguments, {
    ...QUORUM_QUEUE,
    ...deadLettersTo('asya-infer'),
    'x-message-ttl': 1_000,
  });
});

test('a classic queue of an actor has no quorum arguments; all other queues are quorum queues', () => {
  const { queues, onDemandQueues, ownQueueType } = planTopology(TOPOLOGY, {
    ...QUORUM,
    queueType: 'classic',
  });
  const [own, ...others] = [...queues, ...onDemandQueues];
  assert.equal(ownQueueType, 'classic');
  assert.deepEqual(own?.arguments, {
    'x-queue-type': 'classic',
    'x-overflow': 'reject-publish',
    ...deadLettersTo('asya-error-end'),
  });
  for (const queue of others) assert.equal(queue.arguments['x-queue-type'], 'quorum', queue.name);
});

test('an end has the same queue in the plan of each sidecar', () => {
  const byActor = planTopology(TOPOLOGY, QUORUM).queues;
  const byEnd = planTopology(
    { ...TOPOLOGY, actor: 'error-end' },
    { ...QUORUM, queueType: 'classic' },
  );
  assert.equal(byEnd.ownQueueType, 'quorum');
  assert.deepEqual(byEnd.queues, byActor.slice(1));
});

test('equal delays share one retry queue', () => {
  const { onDemandQueues } = planTopology({ ...TOPOLOGY, retryDelaysMs: [100, 100] }, QUORUM);
  assert.equal(onDemandQueues.length, 2);
});

test('actors are addressed through the exchange, retry and parked queues by queue name', () => {
  assert.deepEqual(addressOf('infer', 0, 'asya'), { exchange: 'asya', routingKey: 'infer' });
  assert.deepEqual(addressOf('infer', 5_000, 'asya'), {
    exchange: '',
    routingKey: 'asya-infer:retry:5000',
  });
  assert.deepEqual(addressOf('error-end:parked', 0, 'asya'), {
    exchange: '',
    routingKey: 'asya-error-end:parked',
  });
});
