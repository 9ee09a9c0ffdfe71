import { test } from 'node:test';
import { SHORT_SHUTDOWNS } from '../../../tools/chaos/scenarios.ts';
import { testShutdowns } from '../../../tools/chaos/shortRun.ts';
import { openFaultySqlite } from '../../../tools/chaos/faultySqlite.ts';

test(
  'sidecars stopped under load lose and duplicate no message on a SQLite file',
  { timeout: 300_000 },
  async (t) => {
    const broker = await openFaultySqlite();
    t.after(() => broker.close());
    await testShutdowns(t, broker, SHORT_SHUTDOWNS);
  },
);
