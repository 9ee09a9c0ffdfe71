import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openSqlite } from '../../src/transport/sqlite/sqlite.ts';
import { startRuntimeProcess } from '../kit/processes/runtimeProcess.ts';
import { startSidecarProcess } from '../kit/processes/sidecarProcess.ts';
import { until } from '../kit/processes/until.ts';

const RUNTIME = pathOf('../../examples/runtimes/python/archive_runtime.py');
const env = { PYTHONPATH: pathOf('../../sdk/python/src') };

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

test('the archive runtime moves each message of error-end into a line of its file', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'asya-archive-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'queues.db');
  const topology = {
    actor: 'infer',
    happyEnd: 'happy-end',
    errorEnd: 'error-end',
    retryDelaysMs: [],
  };
  const transport = await openSqlite({ path, topology, onState: () => {} });
  t.after(() => transport.close());
  const failed = Array.from({ length: 20 }, (_, number) => errorEnvelope(`env-${number}`));
  for (const envelope of failed) {
    // An envelope of a producer may contain line breaks.
    await transport.send('error-end', {
      body: Buffer.from(JSON.stringify(envelope, null, 2)),
      headers: {},
    });
  }

  const file = join(folder, 'failed.jsonl');
  const runtime = await startRuntimeProcess(t, ['python3', RUNTIME, file], { env });
  const sidecar = await startSidecarProcess({
    ASYA_ACTOR_NAME: 'error-end',
    ASYA_RUNTIME_PROTOCOL: 'envelope',
    ASYA_SOCKET_DIR: dirname(runtime.socketPath),
    ASYA_TRANSPORT: 'sqlite',
    ASYA_SQLITE_PATH: path,
  });
  t.after(sidecar.close);
  await until(
    async () => (await linesOf(file)).length === failed.length,
    'a line for each message',
  );
  sidecar.kill('SIGTERM');
  assert.equal(await sidecar.ended(), 0);

  const archived = (await linesOf(file)).map(
    (line) => JSON.parse(line) as { id: string; payload: unknown },
  );
  assert.deepEqual(
    archived.map(({ id, payload }) => ({ id, payload })),
    failed.map(({ id, payload }) => ({ id, payload })),
  );
  assert.equal(await transport.depth('error-end'), 0);
});

function errorEnvelope(id: string) {
  const details = { code: 'runtime_error', message: 'no', actor: 'infer', attempt: 1 };
  const payload = { error: 'ValueError: no', details, original_payload: { text: 'Grüße' } };
  return { id, route: { actors: ['infer'], current: 0 }, payload };
}

async function linesOf(file: string): Promise<string[]> {
  return (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
}
