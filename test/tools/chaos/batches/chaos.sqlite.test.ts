import { test } from 'node:test';
import { openFaultySqlite } from '../../../../tools/chaos/faultySqlite.ts';
import { createBatches } from '../../../../tools/chaos/scenarios.ts';
import { testScenario } from '../../../../tools/chaos/shortRun.ts';

test(
  'poison, hanging and failing batches, and killed processes, spend no attempt of a neighbour',
  { timeout: 300_000 },
  async (t) => {
    const broker = await openFaultySqlite();
    t.after(() => broker.close());
    await testScenario(t, broker, createBatches(true, true));
  },
);
