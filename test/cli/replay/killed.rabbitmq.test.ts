import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedBroker } from '../../kit/brokers/sharedBroker.ts';
import { openRabbitmqTransport, uniqueTopology } from '../../kit/brokers/rabbitmqTransport.ts';
import { interruptCommand } from '../../kit/rigs/interruptedCommand.ts';
import { replaying } from '../../kit/rigs/movingCommands.ts';

const MESSAGES = 2_000;
const KILLS = 5;

test('on RabbitMQ, a replay that is killed at any point loses no message, and the others keep their order', async (t) => {
  const topology = uniqueTopology();
  const { actor, happyEnd, errorEnd } = topology;
  const { url } = sharedBroker();
  const { transport } = await openRabbitmqTransport(t, topology, { ports: [portOf(url)] });
  const { lost, left, kills, isInOrder } = await interruptCommand(replaying(transport, actor), {
    transport,
    variables: {
      ASYA_RABBITMQ_URL: url,
      ASYA_ACTOR_HAPPY_END: happyEnd,
      ASYA_ACTOR_ERROR_END: errorEnd,
    },
    actor,
    errorEnd,
    messages: MESSAGES,
    kills: KILLS,
    random: (limit) => Math.floor(Math.random() * limit),
  });
  assert.deepEqual({ lost, left, isInOrder }, { lost: [], left: 0, isInOrder: true });
  assert.ok(kills > 0, 'no run was killed before its end');
});

function portOf(url: string): number {
  return Number(new URL(url).port);
}
