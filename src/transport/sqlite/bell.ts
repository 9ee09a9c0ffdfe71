import { closeSync, openSync, utimesSync, watch, type FSWatcher } from 'node:fs';

/** Tells every process that has the same file open that there may be something to deliver. */
export interface Bell {
  /** Rings once for all who ask within one turn of the event loop. */
  ring(): void;
  close(): void;
}

/**
 * A file beside the database, touched after a commit and watched by everybody. To watch SQLite's own `-wal` file
 * would not do: it is written before what is written can be seen, so whoever wakes then sees nothing, and is not
 * woken again.
 *
 * `onRing` is called for this process's own rings too. A ring may get lost: whoever listens also looks from time
 * to time.
 * @throws when the file cannot be made or watched
 */
export function openBell(path: string, onRing: () => void): Bell {
  let watcher: FSWatcher | undefined = listen();
  let isRinging = false;
  let isClosed = false;

  function listen(): FSWatcher {
    closeSync(openSync(path, 'a', 0o600));
    const listener = watch(path, { persistent: false });
    listener.on('change', (event) => (event === 'rename' ? listenAgain() : onRing()));
    listener.on('error', listenAgain);
    return listener;
  }

  /** The file was deleted or replaced: what this process watches is not what others touch. */
  function listenAgain(): void {
    watcher?.close();
    watcher = undefined;
    try {
      watcher = listen();
    } catch {
      // The next ring tries again, and until then everybody looks from time to time.
    }
    onRing();
  }

  function touch(): void {
    const now = new Date();
    try {
      utimesSync(path, now, now);
    } catch {
      listenAgain();
    }
  }

  return {
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
      watcher?.close();
    },
  };
}
