import { test } from 'node:test';
import { sharedBroker } from '../helpers/sharedBroker.ts';
import { openRabbitmqWorld } from './rabbitmqWorld.ts';
import { SHORT_SHUTDOWNS } from './scenarios.ts';
import { runShutdowns } from './short.ts';

test('who is told to stop under load loses and doubles nothing', { timeout: 300_000 }, async (t) => {
  const world = await openRabbitmqWorld(sharedBroker().line);
  t.after(() => world.close());
  await runShutdowns(t, world, SHORT_SHUTDOWNS);
});
