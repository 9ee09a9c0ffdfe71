import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { openSqlite } from '../../../src/transport/sqlite/sqlite.ts';
import type { TransportState } from '../../../src/transport/transport.ts';
import type { InspectableTransport } from '../../../src/transport/inspection/inspectableTransport.ts';
import { MINUTE } from '../../../src/units.ts';
import { until } from '../../kit/processes/until.ts';

const COPY = { body: Buffer.from('{}'), headers: {} };

test('the queue of a killed command is removed with its copies by the next reply queue', async (t) => {
  const { transport, db, leaveBehind } = await setup(t);
  await leaveBehind('asya:reply:dead', Date.now() - 1);
  await leaveBehind('asya:reply:alive', Date.now() + MINUTE);
  const opened = await transport.openReplyQueue('asya:reply:new', NO_OPTIONS);
  assert.deepEqual(queuesIn(db), ['asya:reply:alive', 'asya:reply:new']);
  assert.deepEqual(messagesIn(db), ['asya:reply:alive']);
  await opened.close();
  assert.deepEqual(queuesIn(db), ['asya:reply:alive']);
});

test('a copy for an expired queue is dropped, and the queue is removed', async (t) => {
  const { transport, db, leaveBehind } = await setup(t);
  await leaveBehind('asya:reply:dead', Date.now() - 1);
  transport.sendCopy('asya:reply:dead', COPY);
  await until(() => queuesIn(db).length === 0, 'the removal');
  assert.deepEqual(messagesIn(db), []);
  // The names of the other queues stay known.
  await transport.send('prep', COPY);
});

test('a copy that cannot be written is dropped, and does not block the transport', async (t) => {
  const { transport, db, states } = await setup(t);
  const first = Promise.withResolvers<string>();
  await transport.openReplyQueue('asya:reply:own', {
    onCopy: ({ body }) => first.resolve(body.toString()),
    onLost: () => {},
  });
  db.exec(`CREATE TRIGGER failure BEFORE INSERT ON messages WHEN new.queue LIKE 'asya:%'
    BEGIN SELECT RAISE(ABORT, 'not written'); END`);
  transport.sendCopy('asya:reply:own', { body: Buffer.from('dropped'), headers: {} });
  await transport.send('prep', COPY);
  db.exec('DROP TRIGGER failure');
  transport.sendCopy('asya:reply:own', { body: Buffer.from('written'), headers: {} });
  assert.equal(await first.promise, 'written');
  assert.ok(states.every(({ blocked }) => !blocked));
});

test('a process removes expired queues every minute, and renews its own', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { transport, db, leaveBehind } = await setup(t);
  const lost: string[] = [];
  await transport.openReplyQueue('asya:reply:own', {
    onCopy: () => {},
    onLost: (reason) => void lost.push(reason),
  });
  await leaveBehind('asya:reply:dead', Date.now() - 1);
  db.exec(
    `UPDATE reply_queues SET expires_at = ${Date.now() + 1_000} WHERE name = 'asya:reply:own'`,
  );
  t.mock.timers.tick(MINUTE);
  await until(() => queuesIn(db).length === 1, 'the removal');
  const { expires_at: expiresAt } = db.prepare('SELECT expires_at FROM reply_queues').get() ?? {};
  assert.ok(Number(expiresAt) > Date.now() + 4 * MINUTE);
  assert.deepEqual(lost, []);
});

test('a process that was suspended for too long learns that its queue is lost', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { transport, db } = await setup(t);
  const loss = Promise.withResolvers<string>();
  const opened = await transport.openReplyQueue('asya:reply:own', {
    onCopy: () => {},
    onLost: loss.resolve,
  });
  db.exec('DELETE FROM reply_queues');
  t.mock.timers.tick(MINUTE);
  assert.equal(await loss.promise, 'not renewed in time');
  await opened.close();
});

test('a transport that is closed removes its reply queues', async (t) => {
  const { transport, db } = await setup(t);
  const loss = Promise.withResolvers<string>();
  await transport.openReplyQueue('asya:reply:own', { onCopy: () => {}, onLost: loss.resolve });
  await transport.close();
  assert.equal(await loss.promise, 'transport closed');
  assert.deepEqual(queuesIn(db), []);
});

test('a reply queue is lost when the file is replaced', async (t) => {
  const { transport, path } = await setup(t);
  const loss = Promise.withResolvers<string>();
  await transport.openReplyQueue('asya:reply:own', { onCopy: () => {}, onLost: loss.resolve });
  rmSync(path);
  assert.equal(await loss.promise, 'the database was deleted or replaced');
});

test('the table of reply queues is created with the first one', async (t) => {
  const { transport, db } = await setup(t);
  transport.sendCopy('asya:reply:missing', COPY);
  await transport.send('prep', COPY);
  const tables = (): unknown[] =>
    db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
  assert.equal(tables().length, 2);
  await transport.openReplyQueue('asya:reply:own', NO_OPTIONS);
  assert.equal(tables().length, 3);
});

const NO_OPTIONS = { onCopy: () => {}, onLost: () => {} };

interface Setup {
  readonly path: string;
  readonly transport: InspectableTransport;
  readonly db: DatabaseSync;
  /** All states that the transport has reported. */
  readonly states: readonly TransportState[];
  /** Creates a reply queue with one copy, as a process that was killed leaves it behind. */
  readonly leaveBehind: (queue: string, expiresAtMs: number) => Promise<void>;
}

async function setup(t: TestContext): Promise<Setup> {
  const directory = mkdtempSync(join(tmpdir(), 'asya-reply-queues-'));
  const path = join(directory, 'queues.db');
  const ends = { happyEnd: 'happy-end', errorEnd: 'error-end', retryDelaysMs: [] };
  const states: TransportState[] = [];
  const transport = await openSqlite({
    path,
    topology: { actor: 'prep', ...ends },
    onState: (state) => void states.push(state),
  });
  const db = new DatabaseSync(path, { timeout: 5_000 });
  t.after(async () => {
    db.close();
    await transport.close();
    rmSync(directory, { recursive: true });
  });
  return {
    path,
    transport,
    db,
    states,
    async leaveBehind(queue, expiresAtMs) {
      const opened = await transport.openReplyQueue('asya:reply:first', NO_OPTIONS);
      await opened.close();
      db.prepare('INSERT INTO queues VALUES (?)').run(queue);
      db.prepare('INSERT INTO reply_queues VALUES (?, ?)').run(queue, expiresAtMs);
      db.prepare(
        "INSERT INTO messages (queue, due_at, message_id, headers, body) VALUES (?, 1, 'm', '{}', x'7b7d')",
      ).run(queue);
    },
  };
}

function queuesIn(db: DatabaseSync): unknown[] {
  const inBoth = db.prepare('SELECT name FROM queues JOIN reply_queues USING (name) ORDER BY name');
  return inBoth.all().map(({ name }) => name);
}

function messagesIn(db: DatabaseSync): unknown[] {
  return db
    .prepare('SELECT queue FROM messages')
    .all()
    .map(({ queue }) => queue);
}
