import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test, type TestContext } from 'node:test';
import { openSqlite, type SqliteOptions } from '../../../src/transport/sqlite/sqlite.ts';
import { APPLICATION_ID } from '../../../src/transport/sqlite/schema.ts';
import type { Message } from '../../../src/transport/message.ts';
import { OpenError, SendError } from '../../../src/transport/transport.ts';
import { type InspectableTransport } from '../../../src/transport/inspection/inspectableTransport.ts';
import { createInbox } from '../../kit/envelopes/inbox.ts';
import { createStates } from '../../kit/rigs/states.ts';

const topology = {
  actor: 'infer',
  happyEnd: 'happy-end',
  errorEnd: 'error-end',
  retryDelaysMs: [],
};
const CONNECTED = { connected: true, blocked: false, missing: [] };

describe('a deleted or replaced file', () => {
  for (const [deleted, suffixes] of [
    ['the file', ['']],
    ['the file with its companion files', ['', '-wal', '-shm', '-bell']],
  ] as const) {
    test(`a transport recreates and consumes its file after ${deleted} was deleted`, async (t) => {
      const { path, open } = setup(t);
      const states = createStates();
      const transport = await open(states.onState);
      const inbox = createInbox();
      await transport.receive('infer', inbox.onDelivery, { prefetch: 2 });
      await transport.send('infer', text('before'));
      const unsettled = await inbox.next();
      for (const suffix of suffixes) rmSync(`${path}${suffix}`);

      const gone = await states.until({ connected: false });
      assert.deepEqual(gone.missing, [`the file "${path}" was deleted or replaced`]);
      await states.until(CONNECTED);
      assert.equal(unsettled.gone, true);
      assert.equal(await transport.ack(unsettled), false);
      await transport.send('infer', text('after'));
      assert.equal((await inbox.next()).body.toString(), 'after');
      const other = await open();
      await other.send('infer', text('from another'));
      assert.equal((await inbox.next()).body.toString(), 'from another');
    });
  }

  test('a send that was written to a deleted file is not confirmed', async (t) => {
    const { path, open } = setup(t);
    const states = createStates();
    const transport = await open(states.onState);
    rmSync(path);
    await assert.rejects(
      transport.send('infer', text('1')),
      (error) => error instanceof SendError && error.code === 'lost',
    );
    await transport.send('infer', text('2'));
    assert.deepEqual(states.all.at(-1), CONNECTED, 'the send waited for the new file');
    assert.equal(await (await open()).depth('infer'), 1);
  });

  test('the messages of a replacement file are delivered, even next to a stale log', async (t) => {
    const { path, open } = setup(t);
    const inbox = createInbox();
    const transport = await open();
    await transport.send('infer', text('old'));
    await transport.receive('infer', inbox.onDelivery, { prefetch: 10 });
    await inbox.next();
    const other = await openSqlite({ path: `${path}.new`, topology, onState: () => {} });
    await other.send('infer', text('new'));
    await other.close();
    renameSync(`${path}.new`, path);
    assert.equal((await inbox.next()).body.toString(), 'new');
    const db = new DatabaseSync(path);
    t.after(() => db.close());
    assert.deepEqual(Object.values(db.prepare('PRAGMA integrity_check').get() ?? {}), ['ok']);
  });

  test('a file behind a symbolic link is reopened when the link changes', async (t) => {
    const { path, open } = setup(t);
    for (const name of ['a', 'b']) {
      const transport = await openSqlite({ path: `${path}.${name}`, topology, onState: () => {} });
      await transport.send('infer', text(name));
      await transport.close();
    }
    symlinkSync(`${path}.a`, path);
    const inbox = createInbox();
    await (await open()).receive('infer', inbox.onDelivery, { prefetch: 10 });
    assert.equal((await inbox.next()).body.toString(), 'a');
    symlinkSync(`${path}.b`, `${path}.link`);
    renameSync(`${path}.link`, path);
    assert.equal((await inbox.next()).body.toString(), 'b');
  });

  test('a replacement that belongs to another program is neither used nor modified', async (t) => {
    const { path, open } = setup(t);
    const states = createStates();
    const transport = await open(states.onState);
    createForeign(`${path}.new`, 'CREATE TABLE users (id INTEGER)');
    renameSync(`${path}.new`, path);
    const before = readFileSync(path);
    const refused = `cannot open "${path}": database of another program (application_id 0, user_version 0)`;
    await states.until({ connected: false, missing: [refused] });
    assert.deepEqual(readFileSync(path), before);
    rmSync(path);
    await states.until(CONNECTED);
    await transport.send('infer', text('resumed'));
  });

  test('a transport closes while its file does not exist', async (t) => {
    const { directory, open } = setup(t);
    const states = createStates();
    const transport = await open(states.onState);
    rmSync(directory, { recursive: true });
    await states.until({ connected: false });
    const sent = transport.send('infer', text('waits'));
    await Promise.all([assert.rejects(sent, SendError), transport.close()]);
  });
});

describe('a foreign file', () => {
  const WAL = 'PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;';
  const TABLES =
    'CREATE TABLE queues (name TEXT); CREATE TABLE messages (id INTEGER PRIMARY KEY, text TEXT);';
  const OWN_QUEUES = 'CREATE TABLE queues (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;';
  for (const [content, sql] of [
    ['with other tables', 'CREATE TABLE users (id INTEGER)'],
    ['with tables of the same names', `${TABLES} PRAGMA user_version = 1`],
    ['with some of the tables', `${OWN_QUEUES} PRAGMA user_version = 1`],
    ['with another application id', 'PRAGMA application_id = 7'],
    ['with another layout version', 'PRAGMA user_version = 3'],
    ['whose content is only in its log', `${WAL} CREATE TABLE users (id INTEGER)`],
    ['with a view', 'CREATE VIEW one AS SELECT 1'],
  ] as const) {
    test(`a file ${content} is refused and not modified`, async (t) => {
      const { path, directory } = setup(t);
      createForeign(path, sql);
      await assertRefused(path, directory, /database of another program/);
    });
  }

  test('a file that is not a database is refused and not modified', async (t) => {
    const { path, directory } = setup(t);
    for (const content of ['x', 'not a database\n'.repeat(1_000)]) {
      writeFileSync(path, content);
      await assertRefused(path, directory, /file is not a database/);
    }
  });

  test('a file with a newer layout version is refused and not modified', async (t) => {
    const { path, directory, open } = setup(t);
    await (await open()).close();
    const db = new DatabaseSync(path);
    db.exec('PRAGMA user_version = 2; PRAGMA wal_checkpoint(TRUNCATE)');
    db.close();
    await assertRefused(path, directory, /unsupported layout version 2; supported: 1/);
  });
});

describe('a database of this program', () => {
  test('a new database has the application id in its first page', async (t) => {
    const { path, open } = setup(t);
    await open();
    assert.equal(readFileSync(path).readInt32BE(68), APPLICATION_ID);
  });

  test('a database without an application id gets it when it is opened', async (t) => {
    const { path, open } = setup(t);
    const first = await open();
    await first.send('infer', text('old'));
    await first.close();
    const db = new DatabaseSync(path);
    db.exec('PRAGMA application_id = 0');
    db.close();

    const inbox = createInbox();
    const transport = await open();
    await transport.receive('infer', inbox.onDelivery, { prefetch: 1 });
    assert.equal((await inbox.next()).body.toString(), 'old');
    assert.equal(applicationIdOf(path), APPLICATION_ID);
  });

  test('a database is opened while another process copies the log into it', async (t) => {
    const { path, open } = setup(t);
    const source = `${path}.source`;
    const writer = await openSqlite({ path: source, topology, onState: () => {} });
    t.after(() => writer.close());
    for (let sent = 0; sent < 20; sent++) await writer.send('infer', text('x'.repeat(4_096)));
    const db = new DatabaseSync(source);
    db.exec('PRAGMA wal_checkpoint(PASSIVE)');
    db.close();
    // SQLite copies the first page, which holds the new size, before the file grows.
    writeFileSync(path, readFileSync(source).subarray(0, 4_096));
    copyFileSync(`${source}-wal`, `${path}-wal`);

    assert.equal(await (await open()).depth('infer'), 20);
  });

  test('a database is created once when several transports open it at the same time', async (t) => {
    const { open } = setup(t);
    const transports = await Promise.all(Array.from({ length: 8 }, () => open()));
    await Promise.all(transports.map((transport) => transport.send('infer', text('x'))));
    assert.equal(await transports[0]?.depth('infer'), transports.length);
  });
});

interface Setup {
  readonly directory: string;
  readonly path: string;
  readonly open: (onState?: SqliteOptions['onState']) => Promise<InspectableTransport>;
}

function setup(t: TestContext): Setup {
  const directory = mkdtempSync(join(tmpdir(), 'asya-sqlite-file-'));
  const path = join(directory, 'queues.db');
  const opened: InspectableTransport[] = [];
  t.after(async () => {
    for (const transport of opened) await transport.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    directory,
    path,
    async open(onState = () => {}) {
      const transport = await openSqlite({ path, confirmTimeoutMs: 20_000, topology, onState });
      opened.push(transport);
      return transport;
    },
  };
}

function text(body: string): Message {
  return { body: Buffer.from(body), headers: {} };
}

/** Creates the database of a killed program, whose log was not copied into the file. */
function createForeign(path: string, sql: string): void {
  const source = `${path}.source`;
  const db = new DatabaseSync(source);
  db.exec(sql);
  copyFileSync(source, path);
  if (existsSync(`${source}-wal`)) copyFileSync(`${source}-wal`, `${path}-wal`);
  db.close();
  rmSync(source);
}

async function assertRefused(path: string, directory: string, reason: RegExp): Promise<void> {
  const before = filesIn(directory);
  await assert.rejects(
    openSqlite({ path, topology, onState: () => {} }),
    (error) => error instanceof OpenError && reason.test(error.message),
  );
  const after = filesIn(directory);
  for (const [name, bytes] of before) assert.deepEqual(after.get(name), bytes, name);
  assert.deepEqual(after.get('queues.db-journal'), undefined);
}

function filesIn(directory: string): Map<string, Buffer> {
  return new Map(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name))]));
}

function applicationIdOf(path: string): unknown {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return db.prepare('PRAGMA application_id').get()?.['application_id'];
  } finally {
    db.close();
  }
}

test('a command does not create a missing database', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'asya-database-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'mistyped.db');
  await assert.rejects(openSqlite({ path, onState: () => {} }), (error) => {
    assert.ok(error instanceof OpenError);
    assert.match(error.message, /^ASYA_SQLITE_PATH: no database at ".*mistyped\.db"/);
    return true;
  });
  assert.deepEqual(readdirSync(folder), []);
});
