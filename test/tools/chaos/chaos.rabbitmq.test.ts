import { test } from 'node:test';
import { sharedBroker } from '../../kit/brokers/sharedBroker.ts';
import { openFaultyRabbitmq } from '../../../tools/chaos/faultyRabbitmq.ts';
import { SHORT_RABBITMQ } from '../../../tools/chaos/scenarios.ts';
import { testScenario } from '../../../tools/chaos/shortRun.ts';

test(
  'killed processes, broker restarts, cut connections and a memory alarm lose no message',
  { timeout: 300_000 },
  async (t) => {
    const broker = await openFaultyRabbitmq(sharedBroker().series);
    t.after(() => broker.close());
    await testScenario(t, broker, SHORT_RABBITMQ);
  },
);
