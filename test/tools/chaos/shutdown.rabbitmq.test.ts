import { test } from 'node:test';
import { sharedBroker } from '../../kit/brokers/sharedBroker.ts';
import { openRabbitmqWorld } from '../../../tools/chaos/rabbitmqWorld.ts';
import { SHORT_SHUTDOWNS } from '../../../tools/chaos/scenarios.ts';
import { runShutdowns } from '../../../tools/chaos/short.ts';

test(
  'who is told to stop under load loses and doubles nothing',
  { timeout: 300_000 },
  async (t) => {
    const world = await openRabbitmqWorld(sharedBroker().series);
    t.after(() => world.close());
    await runShutdowns(t, world, SHORT_SHUTDOWNS);
  },
);
