import type { ChannelModel } from 'amqplib';
import type { Log } from '../../../log.ts';
import { destroySocket } from '../connection/socket.ts';
import { ConfirmTracker } from './confirmTracker.ts';

export interface PublishConnectionOptions {
  readonly confirmTimeoutMs: number;
  readonly onBlocked: (blocked: boolean) => void;
  readonly log: Log;
}

/** A connection for publishing, and the messages that are unconfirmed on it. */
export class PublishConnection {
  readonly amqp: ChannelModel;
  readonly confirms: ConfirmTracker;
  readonly #options: PublishConnectionOptions;
  #isBlocked = false;
  #isOpen = true;
  #hasTimedOut = false;

  /** Must be created before the first publish, which the broker may answer with `blocked`. */
  constructor(amqp: ChannelModel, options: PublishConnectionOptions) {
    this.amqp = amqp;
    this.#options = options;
    this.confirms = new ConfirmTracker(options.confirmTimeoutMs, () => this.#abandon());
    amqp.on('blocked', () => this.#setBlocked(true)).on('unblocked', () => this.#setBlocked(false));
    amqp.once('close', () => {
      this.#isOpen = false;
      this.#setBlocked(false);
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The broker accepts no publishes on this connection: it has a memory or disk alarm. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** The result of the sends that are unconfirmed when the connection closes. */
  get closeCode(): 'lost' | 'unconfirmed' {
    return this.#hasTimedOut ? 'unconfirmed' : 'lost';
  }

  /** Never rejects. */
  async close(): Promise<void> {
    await this.amqp.close().catch(() => {}); // the connection is closed already
  }

  #setBlocked(blocked: boolean): void {
    if (blocked === this.#isBlocked) return;
    this.#isBlocked = blocked;
    if (blocked) this.confirms.pause();
    else this.confirms.resume();
    this.#options.onBlocked(blocked);
  }

  /** A broker that does not confirm in time is not asked again on the same connection. */
  #abandon(): void {
    const { confirmTimeoutMs, log } = this.#options;
    log.warn(
      { unconfirmed: this.confirms.size, confirmTimeoutMs },
      'confirm timeout exceeded; reconnecting',
    );
    this.#hasTimedOut = true;
    destroySocket(this.amqp);
  }
}
