import { statfsSync, statSync } from 'node:fs';
import type { Store } from './store.ts';

/**
 * Leaves room on the disk, since a full one could not be emptied any more. What is committed stands
 * in the log first (https://sqlite.org/wal.html), and may need as much room again when it is copied
 * into the file. Without that room the log never starts anew, it only grows, and not even the
 * acknowledgement that would make room can be written.
 *
 * So what makes the file grow ends before the disk does: producers first, then whoever sends on
 * what he has taken, then taking. Settling never does, and has what the others leave.
 */
export const SPARE_BYTES = { producer: 16 << 20, actor: 8 << 20, lease: 0 } as const;

/**
 * So much is not filled in so short a time; to look each time would take longer than a statement.
 */
const PLENTY_BYTES = 1 << 30;
const MEASURED_FOR_MS = 10;

export interface RoomOptions {
  /** Of the database. */
  readonly path: string;
  /** What `insert` leaves on the disk, beyond the room for a copy of the log. */
  readonly spareBytes: number;
}

/** The same store, but that `insert` and `lease` throw when the disk is nearly full. */
export function leaveRoom(store: Store, { path, spareBytes }: RoomOptions): Store {
  /** As it was when it was measured last, less what was written here since. */
  let leftBytes = 0;
  let measuredAtMs = 0;

  function requireRoom(bytes: number): void {
    if (leftBytes >= bytes) return;
    throw new Error(`the disk is nearly full: ${leftBytes} bytes are left beside the log`);
  }

  /** Commits do so by themselves, but on a full disk there may be none. */
  function makeRoom(): number {
    try {
      store.checkpoint();
    } catch {
      // Whoever is in the way, or fills the disk, may be gone at the next transaction.
    }
    return measureRoom(path);
  }

  return {
    ...store,
    begin(options) {
      const nowMs = performance.now();
      if (leftBytes < PLENTY_BYTES || nowMs - measuredAtMs > MEASURED_FOR_MS) {
        leftBytes = measureRoom(path);
        measuredAtMs = nowMs;
      }
      if (leftBytes < spareBytes) leftBytes = makeRoom();
      store.begin(options);
    },
    insert(queue, message, dueAtMs) {
      // Once in the log, and once in the file.
      const needed = 2 * message.body.length;
      requireRoom(spareBytes + needed);
      leftBytes -= needed;
      return store.insert(queue, message, dueAtMs);
    },
    lease(queue, limit, lease) {
      requireRoom(SPARE_BYTES.lease);
      return store.lease(queue, limit, lease);
    },
  };
}

/** Bytes that are free beyond those that a copy of the whole log may need. */
function measureRoom(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
  return bavail * bsize - (log?.size ?? 0);
}
