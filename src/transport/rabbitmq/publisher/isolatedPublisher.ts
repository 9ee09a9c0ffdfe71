import { reasonOf } from '../connection/reply.ts';
import type { Message } from '../../message.ts';
import { SendError } from '../../transport.ts';
import type { Address } from '../topology/plan.ts';
import type { PublishChannel } from './publishChannel.ts';
import type { PublishConnection } from './publishConnection.ts';
import { addressLabel, PublishRefusal, refusedError } from './sendErrors.ts';

export interface IsolatedPublisherOptions {
  /**
   * Resolves when a connection accepts publishes.
   * @throws {SendError} with the code `lost`
   */
  readonly waitForConnection: () => Promise<PublishConnection>;
  readonly openChannel: (connection: PublishConnection) => Promise<PublishChannel>;
}

/** How many refusals of one message are final. */
const MAX_REFUSALS = 2;
const MAX_REFUSED_ADDRESSES = 1_000;

/**
 * Publishes one message at a time on a separate channel. A refusal of the broker then identifies
 * the refused message, and no other message has to be published again.
 */
export class IsolatedPublisher {
  readonly #options: IsolatedPublisherOptions;
  /** The addresses to which the broker refused access. */
  readonly #refusedAddresses = new Set<string>();
  #lastSend: Promise<unknown> = Promise.resolve();
  #channel: PublishChannel | undefined;

  constructor(options: IsolatedPublisherOptions) {
    this.#options = options;
  }

  /** Reports whether the broker refused access to this address before. */
  isRefused(to: Address): boolean {
    return this.#refusedAddresses.size > 0 && this.#refusedAddresses.has(addressLabel(to));
  }

  /**
   * Publishes a message after all earlier ones are confirmed or have failed.
   * @throws {SendError}
   */
  send(to: Address, message: Message): Promise<void> {
    const sent = this.#lastSend.then(() => this.#publish(to, message));
    this.#lastSend = sent.catch(() => undefined); // the caller receives the error
    return sent;
  }

  async #publish(to: Address, message: Message): Promise<void> {
    for (let refusals = 1; ; refusals++) {
      try {
        const channel = await this.#openChannel();
        await channel.publish(to, message);
        this.#refusedAddresses.delete(addressLabel(to));
        return;
      } catch (error) {
        if (!(error instanceof PublishRefusal)) throw error;
        if (refusals === MAX_REFUSALS) {
          const refused = refusedError(to, error);
          if (refused.accessRefused) this.#rememberRefused(to);
          throw refused;
        }
      }
    }
  }

  async #openChannel(): Promise<PublishChannel> {
    const connection = await this.#options.waitForConnection();
    if (this.#channel?.isOpen === true && this.#channel.connection === connection) {
      return this.#channel;
    }
    try {
      this.#channel = await this.#options.openChannel(connection);
    } catch (error) {
      throw new SendError('lost', reasonOf(error), { cause: error });
    }
    return this.#channel;
  }

  #rememberRefused(to: Address): void {
    if (this.#refusedAddresses.size >= MAX_REFUSED_ADDRESSES) return;
    this.#refusedAddresses.add(addressLabel(to));
  }
}
