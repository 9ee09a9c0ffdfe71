import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openSqlite } from '../../src/transport/sqlite/sqlite.ts';
import { startRuntimeProcess } from '../kit/processes/runtimeProcess.ts';
import { startSidecarProcess } from '../kit/processes/sidecarProcess.ts';
import { until } from '../kit/processes/until.ts';

function pathOf(file: string): string {
  return fileURLToPath(new URL(`../../${file}`, import.meta.url));
}

test('the end that stores results in files writes one file for each result', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'asya-ends-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'queues.db');
  const transport = await openSqlite({
    path,
    topology: { actor: 'infer', happyEnd: 'happy-end', errorEnd: 'error-end', retryDelaysMs: [] },
    onState: () => {},
  });
  t.after(() => transport.close());
  const ids = ['plain', 'with/slash and ü', 'x'.repeat(600)];
  const send = (id: string, hops: number, payload: unknown): Promise<void> => {
    const envelope = { id, route: { actors: ['infer'], current: 1 }, payload };
    const headers = { 'x-asya-hops': hops };
    const body = Buffer.from(JSON.stringify({ ...envelope, headers }));
    return transport.send('happy-end', { body, headers: {} });
  };
  for (const id of ids) await send(id, 1, { id, n: 1 });
  await send('plain', 1, { id: 'plain', n: 1 }); // a duplicate
  await send('plain', 2, { id: 'plain', n: 2 }); // the result of a replay

  const results = join(folder, 'results');
  const runtime = await startRuntimeProcess(
    t,
    ['python3', pathOf('examples/ends/store_in_files.py')],
    { env: { RESULTS_DIR: results, PYTHONPATH: pathOf('sdk/python/src') } },
  );
  const sidecar = await startSidecarProcess({
    ASYA_ACTOR_NAME: 'happy-end',
    ASYA_RUNTIME_PROTOCOL: 'http',
    ASYA_SOCKET_DIR: dirname(runtime.socketPath),
    ASYA_TRANSPORT: 'sqlite',
    ASYA_SQLITE_PATH: path,
  });
  t.after(sidecar.close);
  await until(async () => (await transport.inspect('happy-end'))?.ready === 0, 'all results');
  sidecar.kill('SIGTERM');
  assert.equal(await sidecar.ended(), 0);

  const names = (await readdir(results)).toSorted();
  assert.deepEqual(
    names.filter((name) => !name.startsWith('sha256-')),
    ['plain.1.json', 'plain.2.json', 'with%2Fslash%20and%20%C3%BC.1.json'],
  );
  const texts = await Promise.all(names.map((name) => readFile(join(results, name), 'utf8')));
  const stored = texts.map((text) => JSON.parse(text) as { id: string; n: number });
  assert.deepEqual(
    stored.map(({ id, n }) => `${id} ${n}`).toSorted(),
    ['plain 1', 'plain 2', ...ids.slice(1).map((id) => `${id} 1`)].toSorted(),
  );
});
