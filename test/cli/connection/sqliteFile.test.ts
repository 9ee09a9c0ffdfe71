import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { openSqlite } from '../../../src/transport/sqlite/sqlite.ts';
import { envelopeWith } from '../../kit/envelopes/failures.ts';
import { PROGRAM } from '../../kit/processes/program.ts';
import { MINUTE } from '../../../src/units.ts';

const COMMANDS = [
  ['send', '--wait', '1s', '-'],
  ['peek', 'error-end'],
  ['errors', 'list'],
  ['errors', 'replay', '--all'],
  ['ledger', '--sent', '-', '--look', 'error-end'],
];

for (const [problem, reason, create] of [
  ['missing', 'no database at "PATH"; the first sidecar creates it', () => {}],
  ['a directory', 'cannot open "PATH": not a file', (path: string) => mkdirSync(path)],
  [
    'a database of another program',
    'cannot open "PATH": database of another program (application_id 0, user_version 0)',
    (path: string) => execute(path, 'CREATE TABLE users (id INTEGER)'),
  ],
  ['no database', 'cannot open "PATH": file is not a database', writeText],
] as const) {
  test(`each command ends with one line if the SQLite file is ${problem}`, (t) => {
    const { path } = setup(t);
    create(path);
    assertEachEndsWith(path, reason);
  });
}

test('each command ends with one line if the SQLite file is locked', async (t) => {
  const { path } = setup(t);
  await createQueues(path);
  const lock = new DatabaseSync(path);
  t.after(() => lock.close());
  lock.exec('PRAGMA journal_mode = DELETE; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  assertEachEndsWith(path, 'cannot open "PATH": database is locked');
});

test('each command ends with one line without the permission for the SQLite file', async (t) => {
  const { directory, path } = setup(t);
  await createQueues(path);
  chmodSync(directory, 0o755);
  chmodSync(path, process.getuid?.() === 0 ? 0o600 : 0o000);
  const denied = 'cannot open "PATH": EACCES: permission denied';
  assertEachEndsWith(path, `${denied}, access 'PATH'`, UNPRIVILEGED);
  chmodSync(path, 0o644);
  chmodSync(directory, process.getuid?.() === 0 ? 0o700 : 0o000);
  assertEachEndsWith(path, `${denied}, stat 'PATH'`, UNPRIVILEGED);
});

/** A user without permissions. Only root can run a process as another user. */
const UNPRIVILEGED = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

function setup(t: TestContext): { readonly directory: string; readonly path: string } {
  const directory = mkdtempSync(join(tmpdir(), 'asya-file-'));
  t.after(() => {
    chmodSync(directory, 0o755);
    rmSync(directory, { recursive: true });
  });
  return { directory, path: join(directory, 'queues.db') };
}

function assertEachEndsWith(path: string, reason: string, user: object = {}): void {
  const env = {
    ASYA_TRANSPORT: 'sqlite',
    ASYA_SQLITE_PATH: path,
    ASYA_CONFIRM_TIMEOUT: '100ms',
  };
  const err = `asya-sidecar: ASYA_SQLITE_PATH: ${reason.replaceAll('PATH', path)}\n`;
  for (const args of COMMANDS) {
    const input = envelopeWith();
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
      env,
      input,
      encoding: 'utf8',
      timeout: MINUTE,
      ...user,
    });
    assert.deepEqual([status, stdout, stderr], [1, '', err], args.join(' '));
  }
}

async function createQueues(path: string): Promise<void> {
  const topology = {
    actor: 'prep',
    happyEnd: 'happy-end',
    errorEnd: 'error-end',
    retryDelaysMs: [],
  };
  await (await openSqlite({ path, topology, onState: () => {} })).close();
}

function execute(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

function writeText(path: string): void {
  writeFileSync(path, 'not a database\n'.repeat(1_000));
}
