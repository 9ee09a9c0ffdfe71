import { closeSync, openSync, utimesSync, watch, type FSWatcher } from 'node:fs';
import { messageOf } from '../../faults.ts';
import type { Log } from '../../log.ts';
import { SECOND } from '../../units.ts';

export interface WakeupOptions {
  /** The path of the wakeup file. */
  readonly path: string;
  /**
   * Called after each `notify` of any process, this one included. A notification may be lost, so
   * the receiver must poll as well.
   */
  readonly onWakeup: () => void;
  readonly log?: Log | undefined;
}

const POLL_INTERVAL_MS = SECOND;

/**
 * Notifies all processes that use a database of a commit, through a file that senders touch and
 * consumers watch. Watching SQLite's `-wal` file is not sufficient: SQLite writes it before its
 * content is visible to readers, so a process woken by it finds no message.
 *
 * When the file cannot be watched, for example because inotify watches are exhausted, `onWakeup`
 * is called every second until watching succeeds.
 */
export class Wakeup {
  readonly #path: string;
  readonly #onWakeup: () => void;
  readonly #log: Log | undefined;
  #watcher: FSWatcher | undefined;
  #pollTimer: NodeJS.Timeout | undefined;
  #isListening = false;
  #isNotifying = false;
  #isClosed = false;
  #hasWarned = false;

  constructor({ path, onWakeup, log }: WakeupOptions) {
    this.#path = path;
    this.#onWakeup = onWakeup;
    this.#log = log;
  }

  /** Starts to call `onWakeup`. */
  listen(): void {
    if (this.#isListening || this.#isClosed) return;
    this.#isListening = true;
    this.#watchOrPoll();
  }

  /** Wakes all processes once for all calls within one turn of the event loop. */
  notify(): void {
    if (this.#isNotifying || this.#isClosed) return;
    this.#isNotifying = true;
    setImmediate(() => {
      this.#isNotifying = false;
      if (this.#isClosed) return;
      this.#touch();
      this.#onWakeup();
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#stop();
  }

  #watchOrPoll(): void {
    this.#stop();
    try {
      closeSync(openSync(this.#path, 'a', 0o600));
      const watcher = watch(this.#path, { persistent: false });
      watcher.on('change', (event) => (event === 'rename' ? this.#watchAgain() : this.#onWakeup()));
      watcher.on('error', () => this.#watchAgain());
      this.#watcher = watcher;
    } catch (error) {
      this.#warn(error);
      this.#pollTimer = setTimeout(() => this.#watchAgain(), POLL_INTERVAL_MS);
    }
  }

  /** Watches the file that is now at the path, after the watched one was deleted or replaced. */
  #watchAgain(): void {
    if (this.#isClosed) return;
    this.#watchOrPoll();
    this.#onWakeup();
  }

  #warn(error: unknown): void {
    if (!this.#hasWarned)
      this.#log?.warn(
        { path: this.#path, reason: messageOf(error) },
        'sqlite wakeup file not watched; polling every second',
      );
    this.#hasWarned = true;
  }

  #stop(): void {
    clearTimeout(this.#pollTimer);
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #touch(): void {
    const now = new Date();
    try {
      utimesSync(this.#path, now, now);
    } catch {
      // Processes that listen create the file.
      if (this.#isListening) this.#watchAgain();
    }
  }
}
