import { test } from 'node:test';
import { sharedBroker } from '../../kit/brokers/sharedBroker.ts';
import { openFaultyRabbitmq } from '../../../tools/chaos/faultyRabbitmq.ts';
import { SHORT_SHUTDOWNS } from '../../../tools/chaos/scenarios.ts';
import { testShutdowns } from '../../../tools/chaos/shortRun.ts';

test(
  'sidecars stopped under load lose and duplicate no message',
  { timeout: 300_000 },
  async (t) => {
    const broker = await openFaultyRabbitmq(sharedBroker().series);
    t.after(() => broker.close());
    await testShutdowns(t, broker, SHORT_SHUTDOWNS);
  },
);
