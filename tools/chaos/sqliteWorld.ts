import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSqlite } from '../../src/transport/sqlite/sqlite.ts';
import { openSmallDisk } from '../../test/kit/brokers/smallDisk.ts';
import type { Stage, World } from './world.ts';

const CONFIRM_TIMEOUT_MS = 10_000;
const DISK_MEBIBYTES = 64;

/**
 * A file that all processes share: on a small disk of its own as root, else in the folder for
 * temporary files.
 * @param createFile creates the file; the transport does if undefined
 */
export async function openSqliteWorld(
  createFile?: (path: string) => Promise<void>,
): Promise<World> {
  const disk = await openSmallDisk(DISK_MEBIBYTES);
  const { folder, isSmall } = disk;
  const path = join(folder, 'queues.db');
  await createFile?.(path);
  const transport = await openSqlite({
    path,
    confirmTimeoutMs: CONFIRM_TIMEOUT_MS,
    onState: () => {},
  });

  /** Holds something of the file's for a while, as another process would. */
  async function hold(how: string, ms: number): Promise<void> {
    const db = new DatabaseSync(path, { timeout: 5_000 });
    try {
      db.exec(how);
      await sleep(ms);
    } finally {
      db.close();
    }
  }

  async function fillDisk(): Promise<void> {
    const { bavail, bsize } = await statfs(folder);
    const filler = join(folder, 'filler');
    await writeFile(filler, Buffer.alloc(bavail * bsize)).catch((error: unknown) => {
      // Others have written meanwhile: it is full, and that is what was wanted.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    });
    await sleep(3_000);
    await rm(filler);
  }

  const disasters = {
    'file locked': () => hold('BEGIN IMMEDIATE', 2_000),
    'long reader': () => hold('BEGIN; SELECT count(*) FROM messages', 5_000),
    'frozen beyond its leases': ({ random, freeze }: Stage) =>
      freeze(random.pick(['prep', 'split', 'infer', 'happy-end']), 18_000),
  };
  return {
    env: {
      ASYA_TRANSPORT: 'sqlite',
      ASYA_SQLITE_PATH: path,
      ASYA_CONFIRM_TIMEOUT: `${CONFIRM_TIMEOUT_MS}ms`,
    },
    transport,
    disasters: isSmall ? { ...disasters, 'disk full': fillDisk } : disasters,
    describeQueues: () => Promise.resolve(countByQueue(path)),
    async close() {
      await transport.close();
      await disk.remove();
    },
  };
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
