import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openSqlite } from '../../../src/transport/sqlite/sqlite.ts';
import { assertNoLoss } from '../../kit/processes/killedDiscards.ts';

test('on SQLite, a discard that is killed at any point loses no message', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'asya-discard-'));
  const path = join(folder, 'queues.db');
  const topology = {
    actor: 'infer',
    happyEnd: 'happy-end',
    errorEnd: 'error-end',
    retryDelaysMs: [],
  };
  const transport = await openSqlite({ path, topology, onState: () => {} });
  const database = new DatabaseSync(path);
  t.after(async () => {
    database.close();
    await transport.close();
    await rm(folder, { recursive: true });
  });
  const variables = { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: path };
  // Ends the leases, instead of a wait for 15 seconds.
  const release = (): void => database.exec(`UPDATE messages SET due_at = ${Date.now()}`);
  await assertNoLoss(t, { transport, errorEnd: 'error-end', variables, release });
});
