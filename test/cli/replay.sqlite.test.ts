import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSqlite } from '../../src/transport/sqlite/sqlite.ts';
import { runBin } from '../kit/processes/sidecarProcess.ts';
import { kill, startSqliteProcess } from '../kit/brokers/sqliteProcess.ts';

test('messages that a killed process holds are reported with the end of the lease', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'asya-replay-'));
  const path = join(folder, 'queues.db');
  const topology = {
    actor: 'error-end',
    happyEnd: 'happy-end',
    errorEnd: 'error-end',
    retryDelaysMs: [],
  };
  const options = { path, leaseMs: 600_000 };
  const transport = await openSqlite({ ...options, topology, onState: () => {} });
  t.after(async () => {
    await transport.close();
    await rm(folder, { recursive: true });
  });
  const failed = (id: string): object => ({
    id,
    route: { actors: ['happy-end'], current: 0 },
    payload: { error: 'x', details: { code: 'runtime_error' }, original_payload: 1 },
  });
  const send = (id: string): Promise<void> =>
    transport.send('error-end', { body: Buffer.from(JSON.stringify(failed(id))), headers: {} });
  await send('held');
  const holder = await startSqliteProcess({ options, topology, action: 'hold', prefetch: 1 });
  await once(holder, 'message');
  await kill(holder);

  const variables = { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: path };
  const listed = await runBin(['errors', 'list'], variables);
  assert.match(listed.out, /^1 message in "error-end" \(1 held by another process\), as of /m);
  const held = await runBin(['replay', '--all'], variables);
  assert.deepEqual([held.code, held.err], [1, '']);
  assert.match(
    held.out,
    /^1 message of "error-end" is held by another process until \d{4}-\d\d-\d\dT[\d:.]+Z, or longer if it still runs\n$/,
  );
  await send('free');
  const partly = await runBin(['replay', '--all'], variables);
  assert.equal(partly.code, 1);
  assert.match(
    partly.out,
    /^free +runtime_error +happy-end +replayed\n1 message of "error-end" is held/m,
  );
});
