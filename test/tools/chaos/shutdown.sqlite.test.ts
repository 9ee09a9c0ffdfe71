import { test } from 'node:test';
import { SHORT_SHUTDOWNS } from '../../../tools/chaos/scenarios.ts';
import { runShutdowns } from '../../../tools/chaos/short.ts';
import { openSqliteWorld } from '../../../tools/chaos/sqliteWorld.ts';

test(
  'who is told to stop under load loses and doubles nothing on SQLite',
  { timeout: 300_000 },
  async (t) => {
    const world = await openSqliteWorld();
    t.after(() => world.close());
    await runShutdowns(t, world, SHORT_SHUTDOWNS);
  },
);
