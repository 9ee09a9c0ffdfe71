import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSqlite } from '../../../../src/transport/sqlite/sqlite.ts';
import { checkEveryFate } from '../../../kit/ui/everyFate.ts';

test('on SQLite, messages of every form are read, replayed, discarded and exported', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'asya-fates-'));
  const path = join(folder, 'queues.db');
  const topology = {
    actor: 'infer',
    happyEnd: 'happy-end',
    errorEnd: 'error-end',
    retryDelaysMs: [],
  };
  const transport = await openSqlite({ path, topology, onState: () => {} });
  t.after(async () => {
    await transport.close();
    await rm(folder, { recursive: true });
  });
  const environment = { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: path };
  await checkEveryFate(t, { transport, topology, environment });
});
