import { AsyncLocalStorage } from 'node:async_hooks';
import type { ChannelModel } from 'amqplib';
import type { Log } from '../../../log.ts';
import { SECOND } from '../../../units.ts';
import type { Message } from '../../message.ts';
import { CopyChannel } from './copyChannel.ts';

/** Copies are dropped for this time after the broker has closed their channel. */
const PAUSE_MS = 10 * SECOND;

/**
 * Publishes copies to reply queues, on one connection after another.
 *
 * The copies have a channel of their own, which is opened with the first one: the broker closes the
 * channel of a publish that it refuses, and with it all other publishes on it.
 */
export class CopyPublisher {
  /** Calls a function outside of every hop: the channel outlives the hop that opens it. */
  readonly #outsideHops = AsyncLocalStorage.snapshot();
  readonly #log: Log;
  #connection: ChannelModel | undefined;
  #channel: CopyChannel | undefined;
  #pausedUntilMs = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Publishes on this connection from now on. */
  attach(connection: ChannelModel): void {
    this.#connection = connection;
    this.#channel = undefined;
    connection.once('close', () => {
      if (this.#connection !== connection) return;
      this.#connection = undefined;
      this.#channel = undefined;
    });
  }

  /** Never throws. The caller may overwrite the body afterwards. */
  send(queue: string, copy: Message): void {
    if (this.#connection === undefined || performance.now() < this.#pausedUntilMs) return;
    this.#channel ??= this.#openChannel(this.#connection);
    this.#channel.send(queue, copy);
  }

  #openChannel(connection: ChannelModel): CopyChannel {
    const onRefused = (reason: string): void => {
      if (this.#channel !== channel) return;
      this.#channel = undefined;
      this.#pausedUntilMs = performance.now() + PAUSE_MS;
      this.#log.debug({ reason, pauseMs: PAUSE_MS }, 'copies for reply queues refused; dropped');
    };
    const channel = this.#outsideHops(() => new CopyChannel(connection, onRefused));
    return channel;
  }
}
