import type { ChannelModel } from 'amqplib';
import { setTimeout as sleep } from 'node:timers/promises';
import { MIB, SECOND } from '../../../units.ts';
import { pauseReading } from '../connection/socket.ts';

export interface PartPauseOptions {
  readonly connection: ChannelModel;
  /** Awaited after each part; see `LookOptions`. */
  readonly drained: (() => Promise<void>) | undefined;
  /** Ends a pause. */
  readonly ended: Promise<unknown>;
  /** Called with the error of `drained`. */
  readonly onError: (error: unknown) => void;
}

/** The bytes between two waits for `drained`. */
const PART_BYTES = MIB;
/** Three missed heartbeats, or a write that the broker cannot finish for 15 s, end a connection. */
const MAX_PAUSE_MS = 5 * SECOND;

/** Stops reading from a connection after each part until the caller has passed it on. */
export class PartPause {
  readonly #options: PartPauseOptions;
  #partBytes = 0;
  #isPaused = false;

  constructor(options: PartPauseOptions) {
    this.#options = options;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Counts the bytes of a message. Never rejects; resolves at the end of a pause. */
  async add(bytes: number): Promise<void> {
    this.#partBytes += bytes;
    if (this.#partBytes < PART_BYTES || this.#isPaused) return;
    this.#partBytes = 0;
    const { drained, connection, ended, onError } = this.#options;
    if (drained === undefined) return;
    this.#isPaused = true;
    const resume = pauseReading(connection);
    await Promise.race([drained().catch(onError), sleep(MAX_PAUSE_MS), ended.catch(() => {})]);
    this.#isPaused = false;
    resume();
  }
}
