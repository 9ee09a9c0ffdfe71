import { test } from 'node:test';
import { SHORT_SQLITE } from '../../../tools/chaos/scenarios.ts';
import { testScenario } from '../../../tools/chaos/shortRun.ts';
import { openFaultySqlite } from '../../../tools/chaos/faultySqlite.ts';

test(
  'killed processes, a locked file and a full disk lose no message',
  { timeout: 300_000 },
  async (t) => {
    const broker = await openFaultySqlite();
    t.after(() => broker.close());
    const { 'disk full': diskFull, ...others } = SHORT_SQLITE.brokerFaults;
    // Mounting a small disk requires root.
    const brokerFaults =
      broker.faults['disk full'] === undefined ? others : { ...others, 'disk full': diskFull ?? 0 };
    await testScenario(t, broker, { ...SHORT_SQLITE, brokerFaults });
  },
);
