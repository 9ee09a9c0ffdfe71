import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSqlite } from '../../src/transport/sqlite/sqlite.ts';
import { SECOND } from '../../src/units.ts';
import { openSmallDisk } from '../../test/kit/brokers/smallDisk.ts';
import type { FaultyBroker, RunControl } from './faultyBroker.ts';

const CONFIRM_TIMEOUT_MS = 10 * SECOND;
const DISK_MIB = 64;

/**
 * Opens a SQLite file on a separate small disk. Mounting the disk requires root; otherwise the file
 * is in the folder for temporary files.
 * @param createFile creates the file
 */
export async function openFaultySqlite(
  createFile: (path: string) => Promise<void> = createEmpty,
): Promise<FaultyBroker> {
  const disk = await openSmallDisk(DISK_MIB);
  const { folder, isSmall } = disk;
  const path = join(folder, 'queues.db');
  await createFile(path);
  const transport = await openSqlite({
    path,
    confirmTimeoutMs: CONFIRM_TIMEOUT_MS,
    onState: () => {},
  });

  return {
    env: {
      ASYA_TRANSPORT: 'sqlite',
      ASYA_SQLITE_PATH: path,
      ASYA_CONFIRM_TIMEOUT: `${CONFIRM_TIMEOUT_MS}ms`,
    },
    transport,
    faults: {
      ...fileFaults(path),
      ...(isSmall ? { 'disk full': () => fillDisk(folder) } : {}),
      'sidecar suspended, leases expire': suspend,
    },
    describeQueues: () => Promise.resolve(countByQueue(path)),
    async close() {
      await transport.close();
      await disk.remove();
    },
  };
}

/** Creates a file as a sidecar does, with the queues of the ends. */
async function createEmpty(path: string): Promise<void> {
  const [happyEnd, errorEnd] = ['happy-end', 'error-end'];
  const topology = { actor: happyEnd, happyEnd, errorEnd, retryDelaysMs: [] };
  const transport = await openSqlite({ path, topology, onState: () => {} });
  await transport.close();
}

function fileFaults(path: string): FaultyBroker['faults'] {
  return {
    'file locked': () => holdTransaction(path, 'BEGIN IMMEDIATE', 2 * SECOND),
    'long reader': () => holdTransaction(path, 'BEGIN; SELECT count(*) FROM messages', 5 * SECOND),
  };
}

/** Suspends a sidecar for longer than its leases last. */
async function suspend({ random, suspend: suspendSidecar }: RunControl): Promise<void> {
  await suspendSidecar(random.pick(['prep', 'split', 'infer', 'happy-end']), 18 * SECOND);
}

/** Holds a lock or a snapshot of the database open, as another process would. */
async function holdTransaction(path: string, sql: string, durationMs: number): Promise<void> {
  const db = new DatabaseSync(path, { timeout: 5 * SECOND });
  try {
    db.exec(sql);
    await sleep(durationMs);
  } finally {
    db.close();
  }
}

async function fillDisk(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const filler = join(folder, 'filler');
  await writeFile(filler, Buffer.alloc(bavail * bsize)).catch((error: unknown) => {
    // Other processes have written since the measurement; the disk is full as intended.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  });
  await sleep(3 * SECOND);
  await rm(filler);
}

function countByQueue(path: string): string {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const rows = db
      .prepare('SELECT queue, count(*) AS messages FROM messages GROUP BY queue')
      .all();
    return rows.map(({ queue, messages }) => `${String(queue)} ${String(messages)}`).join('\n');
  } finally {
    db.close();
  }
}
