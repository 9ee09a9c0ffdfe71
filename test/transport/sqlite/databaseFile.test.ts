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
import { APPLICATION_ID } from '../../../src/transport/sqlite/databaseFile.ts';
import type { Message } from '../../../src/transport/message.ts';
import {
  OpenError,
  SendError,
  type InspectableTransport,
} from '../../../src/transport/transport.ts';
import { createInbox } from '../../kit/envelopes/inbox.ts';
import { createStates } from '../../kit/rigs/states.ts';

const topology = {
  actor: 'infer',
  happyEnd: 'happy-end',
  errorEnd: 'error-end',
  retryDelaysMs: [],
};
const CONNECTED = { connected: true, blocked: false, missing: [] };

describe('a SQLite file that is deleted or replaced', () => {
  for (const [what, suffixes] of [
    ['the file alone', ['']],
    ['the file and all that belongs to it', ['', '-wal', '-shm', '-bell']],
  ] as const) {
    test(`is made again after ${what} was deleted, and consumed again`, async (t) => {
      const { path, open } = setup(t);
      const states = createStates();
      const transport = await open(states.onState);
      const inbox = createInbox();
      await transport.receive('infer', inbox.onDelivery, { prefetch: 2 });
      await transport.send('infer', text('before'));
      const inHand = await inbox.next();
      for (const suffix of suffixes) rmSync(`${path}${suffix}`);

      const gone = await states.until({ connected: false });
      assert.deepEqual(gone.missing, [`the file "${path}" was deleted or replaced`]);
      await states.until(CONNECTED);
      assert.equal(inHand.gone, true);
      assert.equal(await transport.ack(inHand), false);
      await transport.send('infer', text('after'));
      assert.equal((await inbox.next()).body.toString(), 'after');
      const other = await open();
      await other.send('infer', text('from another'));
      assert.equal((await inbox.next()).body.toString(), 'from another');
    });
  }

  test('loses no send: what the deleted file took is not confirmed', async (t) => {
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

  test('delivers what is in the file that took its place, even next to the old log', async (t) => {
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

  test('is noticed behind a symbolic link', async (t) => {
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

  test('is not used while it is the database of another program, and is left as it is', async (t) => {
    const { path, open } = setup(t);
    const states = createStates();
    const transport = await open(states.onState);
    makeForeign(`${path}.new`, 'CREATE TABLE users (id INTEGER)');
    renameSync(`${path}.new`, path);
    const before = readFileSync(path);
    const refused = `cannot open "${path}": it is the database of another program (application_id 0, user_version 0)`;
    await states.until({ connected: false, missing: [refused] });
    assert.deepEqual(readFileSync(path), before);
    rmSync(path);
    await states.until(CONNECTED);
    await transport.send('infer', text('goes on'));
  });

  test('does not keep the transport from closing while there is none', async (t) => {
    const { directory, open } = setup(t);
    const states = createStates();
    const transport = await open(states.onState);
    rmSync(directory, { recursive: true });
    await states.until({ connected: false });
    const sent = transport.send('infer', text('waits'));
    await Promise.all([assert.rejects(sent, SendError), transport.close()]);
  });
});

describe('a database of another program', () => {
  const WAL = 'PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;';
  const TABLES =
    'CREATE TABLE queues (name TEXT); CREATE TABLE messages (id INTEGER PRIMARY KEY, text TEXT);';
  const OURS = 'CREATE TABLE queues (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;';
  for (const [what, sql] of [
    ['with tables of its own', 'CREATE TABLE users (id INTEGER)'],
    ['with tables that are called like ours', `${TABLES} PRAGMA user_version = 1`],
    ['with a part of our tables', `${OURS} PRAGMA user_version = 1`],
    ['with a mark of its own', 'PRAGMA application_id = 7'],
    ['with a layout of its own', 'PRAGMA user_version = 3'],
    ['that has everything in its log', `${WAL} CREATE TABLE users (id INTEGER)`],
    ['with a view', 'CREATE VIEW one AS SELECT 1'],
  ] as const) {
    test(`${what} is refused, and left as it is`, async (t) => {
      const { path, directory } = setup(t);
      makeForeign(path, sql);
      await assertRefused(path, directory, /it is the database of another program/);
    });
  }

  test('that is not a database is refused, and left as it is', async (t) => {
    const { path, directory } = setup(t);
    for (const content of ['x', 'not a database\n'.repeat(1_000)]) {
      writeFileSync(path, content);
      await assertRefused(path, directory, /file is not a database/);
    }
  });

  test('of a later version is refused, and left as it is', async (t) => {
    const { path, directory, open } = setup(t);
    await (await open()).close();
    const db = new DatabaseSync(path);
    db.exec('PRAGMA user_version = 2; PRAGMA wal_checkpoint(TRUNCATE)');
    db.close();
    await assertRefused(path, directory, /it has layout 2; this version knows 1/);
  });
});

describe('a file of this program', () => {
  test('carries the application id in its first page from the start', async (t) => {
    const { path, open } = setup(t);
    await open();
    assert.equal(readFileSync(path).readInt32BE(68), APPLICATION_ID);
  });

  test('is adopted and marked when it was made before files were marked', async (t) => {
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

  test('is made by one of many who open it at once', async (t) => {
    const { open } = setup(t);
    const transports = await Promise.all(Array.from({ length: 8 }, () => open()));
    await Promise.all(transports.map((transport) => transport.send('infer', text('here'))));
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

/** A database as a program leaves it that was killed: its log is not copied into the file. */
function makeForeign(path: string, sql: string): void {
  const making = `${path}.making`;
  const db = new DatabaseSync(making);
  db.exec(sql);
  copyFileSync(making, path);
  if (existsSync(`${making}-wal`)) copyFileSync(`${making}-wal`, `${path}-wal`);
  db.close();
  rmSync(making);
}

async function assertRefused(path: string, directory: string, reason: RegExp): Promise<void> {
  const before = contentOf(directory);
  await assert.rejects(
    openSqlite({ path, topology, onState: () => {} }),
    (error) => error instanceof OpenError && reason.test(error.message),
  );
  const after = contentOf(directory);
  for (const [name, bytes] of before) assert.deepEqual(after.get(name), bytes, name);
  assert.deepEqual(after.get('queues.db-journal'), undefined);
}

function contentOf(directory: string): Map<string, Buffer> {
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
