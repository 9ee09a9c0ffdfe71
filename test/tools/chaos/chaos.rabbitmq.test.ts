import { test } from 'node:test';
import { sharedBroker } from '../../kit/brokers/sharedBroker.ts';
import { openRabbitmqWorld } from '../../../tools/chaos/rabbitmqWorld.ts';
import { SHORT_RABBITMQ } from '../../../tools/chaos/scenarios.ts';
import { runShort } from '../../../tools/chaos/short.ts';

test(
  'kills, a broker that dies, cuts and an alarm lose nothing',
  { timeout: 300_000 },
  async (t) => {
    const world = await openRabbitmqWorld(sharedBroker().series);
    t.after(() => world.close());
    await runShort(t, world, SHORT_RABBITMQ);
  },
);
