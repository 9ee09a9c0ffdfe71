import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '../../../../src/log.ts';
import { openSqlite } from '../../../../src/transport/sqlite/sqlite.ts';
import { envelopeWith, errorEnvelope } from '../../../kit/envelopes/failures.ts';
import { serveErrors } from '../../../kit/ui/errorsRig.ts';

const TOPOLOGY = {
  actor: 'infer',
  happyEnd: 'happy-end',
  errorEnd: 'error-end',
  retryDelaysMs: [],
};

test('without the database, requests are refused with the reason, and nothing is logged', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'asya-missing-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'queues.db');
  const logged: unknown[] = [];
  const log = { ...silentLog, error: (fields: unknown) => void logged.push(fields) };
  const environment = { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: path };
  const { client, errors } = await serveErrors(t, { environment }, { log });
  const error = `ASYA_SQLITE_PATH: no database at "${path}"; the first sidecar creates it`;
  assert.deepEqual(await client.refusal('looks', {}), { status: 503, error });

  const transport = await openSqlite({ path, topology: TOPOLOGY, onState: () => {} });
  const body = errorEnvelope(envelopeWith({ id: 'a' }));
  await transport.send('error-end', { body, headers: {} });
  await transport.close();
  const { id: look } = await client.look();
  for (const suffix of ['', '-wal', '-shm']) await rm(path + suffix, { force: true });

  assert.deepEqual(await client.refusal(`looks/${look}/rows/0`), { status: 503, error });
  for (const action of ['replay', 'discard']) {
    const { end } = await client.act(action, look, { selection: { rows: [0] } });
    const { kind, text } = await end;
    assert.deepEqual(
      [kind, text],
      [
        'failed',
        `${error}; 0 ${action === 'replay' ? 'replayed' : 'discarded'}, 1 left in the queue`,
      ],
    );
  }
  await assert.rejects(errors.failuresOf('a', new AbortController().signal), { message: error });
  assert.deepEqual(logged, []);
});
