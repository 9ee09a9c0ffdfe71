import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openSqlite } from '../../../../src/transport/sqlite/sqlite.ts';
import { killActions } from '../../../kit/ui/killedActions.ts';

const TOPOLOGY = {
  actor: 'infer',
  happyEnd: 'happy-end',
  errorEnd: 'error-end',
  retryDelaysMs: [],
};

for (const action of ['replay', 'discard'] as const) {
  test(`on SQLite, a server that is killed in a ${action} loses no message, and keeps the order`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'asya-killed-'));
    const path = join(folder, 'queues.db');
    const transport = await openSqlite({ path, topology: TOPOLOGY, onState: () => {} });
    const database = new DatabaseSync(path);
    t.after(async () => {
      database.close();
      await transport.close();
      await rm(folder, { recursive: true });
    });
    const { lost, left, kills, isInOrder } = await killActions(t, {
      action,
      transport,
      variables: { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: path },
      errorEnd: 'error-end',
      actor: 'infer',
      // Ends the leases, instead of a wait for 15 seconds.
      release: () => database.exec(`UPDATE messages SET due_at = ${Date.now()}`),
    });
    assert.deepEqual({ lost, left, isInOrder }, { lost: [], left: 0, isInOrder: true });
    assert.ok(kills > 0, 'no server was killed before the end of its action');
  });
}
