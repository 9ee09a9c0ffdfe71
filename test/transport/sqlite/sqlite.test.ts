import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { openSqlite } from '../../../src/transport/sqlite/sqlite.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import { createInbox } from '../../kit/envelopes/inbox.ts';
import { kill, startSqliteProcess } from '../../kit/brokers/sqliteProcess.ts';
import { describeTransport } from '../conformance.ts';

describeTransport('sqlite', {
  countsUnsettled: true,
  setup(t) {
    const path = newPath(t);
    const lock = lockOf(path);
    return {
      open: (topology, onState) => openSqlite({ path, topology, onState }),
      async receiveOneAndDie(topology) {
        // Short enough to await after the kill.
        const options = { path, leaseMs: 2_000 };
        const child = await startSqliteProcess({ options, topology, action: 'hold', prefetch: 1 });
        await once(child, 'message');
        await kill(child);
      },
      block: () => lock.acquire(),
      unblock: () => lock.release(),
    };
  },
});

/** A path in a new directory, which is deleted after the test. */
function newPath(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'asya-sqlite-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return join(directory, 'queues.db');
}

/** The write lock of a database, acquired by another connection. */
function lockOf(path: string) {
  let db: DatabaseSync | undefined;
  return {
    async acquire() {
      db = new DatabaseSync(path);
      db.exec('BEGIN IMMEDIATE');
    },
    async release() {
      db?.close();
      db = undefined;
    },
  };
}

test('this version and the earlier one read the headers of each other’s rows', async (t) => {
  const { transport, db } = await openWithDatabase(t);
  const headers = { 'asya-attempt': 2, priority: 'high' };
  const properties = { contentType: 'text/plain', priority: 9 };
  await transport.send('prep', { body: Buffer.from('new'), headers, properties });
  const row = db.prepare('SELECT headers FROM messages').get();
  const stored = JSON.parse(String(row?.['headers'])) as Record<string, unknown>;
  assert.deepEqual({ ...stored, ...headers }, stored);
  db.prepare('UPDATE messages SET headers = ?').run('{"asya-attempt":2}');
  const inbox = createInbox();
  await transport.receive('prep', inbox.onDelivery, { prefetch: 1 });
  const old = await inbox.next();
  assert.deepEqual([{ ...old.headers }, old.properties], [{ 'asya-attempt': 2 }, undefined]);
});

test('a retry by the earlier version keeps the properties of a message', async (t) => {
  const { transport, db } = await openWithDatabase(t);
  const properties = { contentType: 'text/plain', appId: 'shop' };
  await transport.send('prep', { body: Buffer.from('x'), headers: { own: 1 }, properties });
  const { headers } = db.prepare('SELECT headers FROM messages').get() ?? {};
  const retried = { ...(JSON.parse(String(headers)) as object), 'asya-attempt': 2 };
  db.prepare('UPDATE messages SET headers = ?').run(JSON.stringify(retried));
  const inbox = createInbox();
  await transport.receive('prep', inbox.onDelivery, { prefetch: 1 });
  const delivery = await inbox.next();
  assert.deepEqual(
    [{ ...delivery.headers }, delivery.properties],
    [{ own: 1, 'asya-attempt': 2 }, properties],
  );
});

/** Opens a transport with a queue `prep`, and a connection to its database. */
async function openWithDatabase(
  t: TestContext,
): Promise<{ transport: Transport; db: DatabaseSync }> {
  const directory = mkdtempSync(join(tmpdir(), 'asya-sqlite-'));
  const path = join(directory, 'queues.db');
  const topology = {
    actor: 'prep',
    happyEnd: 'happy-end',
    errorEnd: 'error-end',
    retryDelaysMs: [],
  };
  const transport = await openSqlite({ path, topology, onState: () => {} });
  const db = new DatabaseSync(path);
  t.after(async () => {
    db.close();
    await transport.close();
    rmSync(directory, { recursive: true });
  });
  return { transport, db };
}
