import { closeSync, openSync, utimesSync, watch, type FSWatcher } from 'node:fs';
import { messageOf } from '../../faults.ts';
import type { Log } from '../../log.ts';

/** Wakes every process that has the same database open: there may be something to deliver. */
export interface Bell {
  /** Begins to call `onRing`. */
  listen(): void;
  /** Rings once for all calls of one turn of the event loop. */
  ring(): void;
  close(): void;
}

export interface BellOptions {
  readonly path: string;
  /**
   * Called for this process's own rings too. A ring may get lost: look from time to time as well.
   */
  readonly onRing: () => void;
  readonly log?: Log | undefined;
}

const POLL_INTERVAL_MS = 1_000;

/**
 * A file next to the database, touched after each commit and watched by every consumer. SQLite's
 * own `-wal` file is no substitute: it is written before its content can be read, so a process that
 * it wakes sees nothing, and is not woken again.
 *
 * Where the file cannot be watched, since the system has no watches left for instance, `onRing` is
 * called every second instead, until it can.
 */
export function openBell({ path, onRing, log }: BellOptions): Bell {
  let watcher: FSWatcher | undefined;
  let polling: NodeJS.Timeout | undefined;
  let isListening = false;
  let isRinging = false;
  let isClosed = false;
  let hasWarned = false;

  function watchOrPoll(): void {
    stop();
    try {
      closeSync(openSync(path, 'a', 0o600));
      watcher = watch(path, { persistent: false });
      watcher.on('change', (event) => (event === 'rename' ? watchAgain() : onRing()));
      watcher.on('error', watchAgain);
    } catch (error) {
      warn(error);
      polling = setTimeout(watchAgain, POLL_INTERVAL_MS);
    }
  }

  /** The file was deleted or replaced: this process watches another one than others touch. */
  function watchAgain(): void {
    if (isClosed) return;
    watchOrPoll();
    onRing();
  }

  function warn(error: unknown): void {
    if (!hasWarned)
      log?.warn(
        { path, reason: messageOf(error) },
        'sqlite bell not watched; polling every second',
      );
    hasWarned = true;
  }

  function stop(): void {
    clearTimeout(polling);
    watcher?.close();
    watcher = undefined;
  }

  function touch(): void {
    const now = new Date();
    try {
      utimesSync(path, now, now);
    } catch {
      // A process that watches makes the file.
      if (isListening) watchAgain();
    }
  }

  return {
    listen() {
      if (isListening || isClosed) return;
      isListening = true;
      watchOrPoll();
    },
    ring() {
      if (isRinging || isClosed) return;
      isRinging = true;
      setImmediate(() => {
        isRinging = false;
        if (isClosed) return;
        touch();
        onRing();
      });
    },
    close() {
      isClosed = true;
      stop();
    },
  };
}
