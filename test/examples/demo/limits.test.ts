import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { limitErrors, limitTraceFile } from '../../../examples/demo/limits.ts';
import { openSqlite } from '../../../src/transport/sqlite/sqlite.ts';

test('the oldest errors are discarded when there are many, but not the faulty order', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'asya-limits-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const topology = { actor: 'a', happyEnd: 'happy-end', errorEnd: 'error-end', retryDelaysMs: [] };
  const path = join(folder, 'queues.sqlite');
  const transport = await openSqlite({ path, topology, onState: () => {} });
  t.after(() => transport.close());
  const ids = ['order-1', 'one', 'two', 'three', 'four', 'five'];
  for (const id of ids) {
    await transport.send('error-end', { body: Buffer.from(JSON.stringify({ id })), headers: {} });
  }
  const limit = { discarded: 3, keptId: 'order-1', stopped: new AbortController().signal };
  await limitErrors(transport, 'error-end', { ...limit, max: 6 });
  assert.equal(await transport.depth('error-end'), 6);
  await limitErrors(transport, 'error-end', { ...limit, max: 5 });
  const left: unknown[] = [];
  await transport.look('error-end', ({ body }) => void left.push(JSON.parse(body.toString())), {
    limit: 10,
    idleTimeoutMs: 100,
    stopped: limit.stopped,
  });
  assert.deepEqual(left, [{ id: 'order-1' }, { id: 'three' }, { id: 'four' }, { id: 'five' }]);
});

test('a large trace file is emptied, and a missing one is not an error', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'asya-limits-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'traces.jsonl');
  await limitTraceFile(path, 10);
  writeFileSync(path, '0123456789');
  await limitTraceFile(path, 10);
  assert.equal(statSync(path).size, 10);
  writeFileSync(path, '0123456789x');
  await limitTraceFile(path, 10);
  assert.equal(statSync(path).size, 0);
});
