import { createSleep } from '../../backoff.ts';
import type { Config } from '../../config/config.ts';
import type { ReplyTransport, Transport } from '../../transport/transport.ts';
import { SECOND } from '../../units.ts';
import { openUntilStopped } from '../command/signals.ts';
import type { QueueContext } from '../queue/openForTaking.ts';
import { openReplies } from '../replies/openReplies.ts';
import { Canary, type CanaryEnd, type CanaryOptions } from './canary.ts';
import type { Edits } from './edits/edits.ts';
import { Pacer } from './pacer.ts';
import { waitingAt, type Rate } from './rate.ts';
import { Replayer, type OnReplayResult } from './replayer.ts';

/** What a replay does with the messages that are selected. */
export interface ReplaySettings {
  /** The largest number of messages to replay. */
  readonly limit: number;
  readonly edits: Edits;
  readonly rate: Rate | undefined;
  /** Undefined without a canary. */
  readonly canary: CanarySettings | undefined;
  /** Whether to report only, and to publish nothing. */
  readonly dryRun: boolean;
}

export interface CanarySettings {
  /** The time for its journey, in milliseconds; undefined for the default. */
  readonly waitMs: number | undefined;
}

/** What a replay reports while it runs. */
export interface ReplayEvents extends Pick<CanaryOptions, 'onSent'> {
  readonly onResult: OnReplayResult;
  /** The journey of the canary has ended. The other messages follow if it has passed. */
  readonly onCanaryEnd: (end: CanaryEnd) => void;
}

/** The largest number of unconfirmed publishes. */
const MAX_UNCONFIRMED = 100;

/** The time for confirms that are on their way when a signal stops the replay. */
const CONFIRM_GRACE_MS = SECOND / 2;

/** Creates the parts of one replay, whatever the source of its messages. */
export class Replay {
  readonly config: Config;
  readonly context: QueueContext;
  readonly #settings: ReplaySettings;
  readonly #events: ReplayEvents;

  constructor(
    settings: ReplaySettings,
    events: ReplayEvents,
    { config, context }: { readonly config: Config; readonly context: QueueContext },
  ) {
    this.config = config;
    this.context = context;
    this.#settings = settings;
    this.#events = events;
  }

  /** The largest number of messages that wait for their turn or their confirm. */
  get concurrency(): number {
    const { rate } = this.#settings;
    return Math.min(MAX_UNCONFIRMED, rate === undefined ? MAX_UNCONFIRMED : waitingAt(rate));
  }

  /**
   * Runs a replay. The reply queue of its canary is deleted at the end of its journey. The canary
   * is undefined in a replay without one.
   * @throws {CommandError}
   */
  async withCanary<T>(
    transport: ReplyTransport,
    replay: (canary: Canary | undefined) => Promise<T>,
  ): Promise<T> {
    const { canary: settings, dryRun } = this.#settings;
    const { stopped } = this.context;
    if (settings === undefined || dryRun) return replay(undefined);
    const replies = await openUntilStopped(openReplies(transport), stopped);
    const { happyEnd, runtime } = this.config;
    const waitMs = settings.waitMs ?? 2 * runtime.timeoutMs;
    const { onSent } = this.#events;
    try {
      return await replay(new Canary({ replies, happyEnd, waitMs, stopped, onSent }));
    } finally {
      await replies.close();
    }
  }

  /** @param queue the queue of the failed messages, to which no original is sent */
  createReplayer(transport: Transport, queue: string, canary: Canary | undefined): Replayer {
    const { limit, edits, dryRun, rate } = this.#settings;
    const { stopped } = this.context;
    const ended = new AbortController();
    const ends = AbortSignal.any([stopped, ended.signal]);
    const replayer = new Replayer({
      transport,
      queue,
      config: this.config,
      limit,
      edits,
      dryRun,
      canary,
      pacer: rate && new Pacer(rate, createSleep(ends)),
      stopped: abortLater(stopped, CONFIRM_GRACE_MS),
      onResult: this.#events.onResult,
    });
    replayer.done.addEventListener('abort', () => ended.abort(), { once: true });
    stopped.addEventListener('abort', () => replayer.end(), { once: true });
    return replayer;
  }

  /** Waits for the end of the canary's journey. Undefined when there was no message to send. */
  async awaitCanary(canary: Canary): Promise<CanaryEnd | undefined> {
    const end = await canary.ended();
    if (end !== undefined) this.#events.onCanaryEnd(end);
    return end;
  }
}

/** A signal that aborts some time after another one. */
function abortLater(signal: AbortSignal, delayMs: number): AbortSignal {
  const later = new AbortController();
  const abort = (): void => void setTimeout(() => later.abort(), delayMs);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return later.signal;
}
