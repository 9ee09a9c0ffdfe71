import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openRabbitmqTransport, uniqueTopology } from '../../../kit/brokers/rabbitmqTransport.ts';
import { sharedBroker } from '../../../kit/brokers/sharedBroker.ts';
import { killActions } from '../../../kit/ui/killedActions.ts';

for (const action of ['replay', 'discard'] as const) {
  test(`on RabbitMQ, a server that is killed in a ${action} loses no message, and keeps the order`, async (t) => {
    const topology = uniqueTopology();
    const { actor, happyEnd, errorEnd } = topology;
    const { url } = sharedBroker();
    const ports = [Number(new URL(url).port)];
    const { transport } = await openRabbitmqTransport(t, topology, { ports });
    const { lost, left, kills, isInOrder } = await killActions(t, {
      action,
      transport,
      variables: {
        ASYA_RABBITMQ_URL: url,
        ASYA_ACTOR_HAPPY_END: happyEnd,
        ASYA_ACTOR_ERROR_END: errorEnd,
      },
      errorEnd,
      actor,
      release: () => {},
    });
    assert.deepEqual({ lost, left, isInOrder }, { lost: [], left: 0, isInOrder: true });
    assert.ok(kills > 0, 'no server was killed before the end of its action');
  });
}
