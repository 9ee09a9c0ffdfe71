import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import { openSqlite } from '../../src/transport/sqlite.ts';
import { kill, startSqliteProcess } from '../helpers/sqliteProcess.ts';
import { describeTransport } from './conformance.ts';

describeTransport('sqlite', {
  countsUnsettled: true,
  setup(t) {
    const path = newPath(t);
    // Long enough for a busy disk to take 10 MB, short enough to wait for after a crash.
    const options = { path, leaseMs: 2_000 };
    const lock = lockOf(path);
    return {
      open: (topology, onState) => openSqlite(options, topology, onState),
      async takeOneAndDie(topology) {
        const child = await startSqliteProcess({ options, topology, does: 'hold', prefetch: 1 });
        await once(child, 'message');
        await kill(child);
      },
      block: () => lock.take(),
      unblock: () => lock.release(),
    };
  },
});

/** A file in a directory of its own, which is gone after the test. */
function newPath(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'asya-sqlite-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return join(directory, 'queues.db');
}

/** The lock that whoever writes needs, taken by another connection. */
function lockOf(path: string) {
  let db: DatabaseSync | undefined;
  return {
    async take() {
      db = new DatabaseSync(path);
      db.exec('BEGIN IMMEDIATE');
    },
    async release() {
      db?.close();
      db = undefined;
    },
  };
}
