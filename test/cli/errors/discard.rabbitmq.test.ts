import { test } from 'node:test';
import { openRabbitmqTransport, uniqueTopology } from '../../kit/brokers/rabbitmqTransport.ts';
import { sharedBroker } from '../../kit/brokers/sharedBroker.ts';
import { assertNoLoss } from '../../kit/processes/killedDiscards.ts';

test('on RabbitMQ, a discard that is killed at any point loses no message', async (t) => {
  const { url } = sharedBroker();
  const topology = uniqueTopology();
  const ports = [Number(new URL(url).port)];
  const { transport } = await openRabbitmqTransport(t, topology, { ports });
  const { happyEnd, errorEnd } = topology;
  const variables = {
    ASYA_RABBITMQ_URL: url,
    ASYA_ACTOR_HAPPY_END: happyEnd,
    ASYA_ACTOR_ERROR_END: errorEnd,
  };
  await assertNoLoss(t, { transport, errorEnd, variables, release: () => {} });
});
