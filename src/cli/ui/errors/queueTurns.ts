import { untilStopped } from '../../command/signals.ts';
import { RequestError } from '../server/routes/requestError.ts';

/** What a request does with a queue. */
export interface Use {
  /** `a replay`; undefined for a look, for which other requests wait. */
  readonly action?: string;
  /** The look whose page may stop the action. */
  readonly lookId?: string;
  /** Aborts when the request is closed. */
  readonly closed: AbortSignal;
}

/** The right to read a queue. */
export interface Turn {
  /** Aborts when the request is closed, and at `QueueTurns.stop`. */
  readonly stopped: AbortSignal;
  /** Names the action more precisely, such as `a replay of 3 messages`. */
  describe(action: string): void;
  /** Keeps the turn until `end`. A turn that has not begun ends when its request is closed. */
  begin(): void;
  end(): void;
}

interface Running extends Omit<Use, 'closed' | 'action'> {
  action: string | undefined;
  readonly stop: AbortController;
  readonly stopped: AbortSignal;
  readonly ended: Promise<void>;
}

/**
 * Lets one request at a time read a queue. A look and an action hold the messages that they read,
 * so that a second one would not see them.
 */
export class QueueTurns {
  readonly #running = new Map<string, Running>();
  readonly #freeSinceMs = new Map<string, number>();

  /**
   * Waits for the looks at a queue, and for an action that is being stopped.
   * @throws {RequestError} 409 while an action runs
   * @throws {CommandError} when the request is closed before its turn
   */
  async acquire(queue: string, use: Use): Promise<Turn> {
    for (let other = this.#running.get(queue); other; other = this.#running.get(queue)) {
      if (other.action !== undefined && !other.stopped.aborted) {
        throw new RequestError(409, `${other.action} of "${queue}" is running`);
      }
      await untilStopped(other.ended, use.closed);
    }
    return this.#start(queue, use);
  }

  /** Runs a look. See `acquire`. */
  async look<T>(queue: string, closed: AbortSignal, work: () => Promise<T>): Promise<T> {
    const turn = await this.acquire(queue, { closed });
    turn.begin();
    try {
      return await work();
    } finally {
      turn.end();
    }
  }

  /**
   * When the last look or action has ended, in milliseconds since the epoch; undefined while one
   * runs, because it holds messages.
   */
  freeSinceMs(queue: string): number | undefined {
    return this.#running.has(queue) ? undefined : this.#freeSinceMs.get(queue);
  }

  /** Stops the action that a page has started on its look. */
  stop(queue: string, lookId: string): void {
    const running = this.#running.get(queue);
    if (running?.lookId === lookId) running.stop.abort();
  }

  #start(queue: string, { closed, action, ...use }: Use): Turn {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const stop = new AbortController();
    const stopped = AbortSignal.any([closed, stop.signal]);
    const running: Running = { ...use, action, stop, stopped, ended };
    this.#running.set(queue, running);
    const end = (): void => {
      if (this.#running.get(queue) === running) this.#running.delete(queue);
      this.#freeSinceMs.set(queue, Date.now());
      resolve();
    };
    closed.addEventListener('abort', end, { once: true });
    if (closed.aborted) end();
    return {
      stopped,
      describe: (text) => (running.action = text),
      begin: () => closed.removeEventListener('abort', end),
      end,
    };
  }
}
