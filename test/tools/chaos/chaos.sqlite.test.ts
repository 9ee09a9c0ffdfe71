import { test } from 'node:test';
import { SHORT_SQLITE } from '../../../tools/chaos/scenarios.ts';
import { runShort } from '../../../tools/chaos/short.ts';
import { openSqliteWorld } from '../../../tools/chaos/sqliteWorld.ts';

test('kills, a locked file and a full disk lose nothing', { timeout: 300_000 }, async (t) => {
  const world = await openSqliteWorld();
  t.after(() => world.close());
  const { 'disk full': diskFull, ...others } = SHORT_SQLITE.disasters;
  // Only root can make a disk so small that it can be filled.
  const disasters =
    world.disasters['disk full'] === undefined ? others : { ...others, 'disk full': diskFull ?? 0 };
  await runShort(t, world, { ...SHORT_SQLITE, disasters });
});
