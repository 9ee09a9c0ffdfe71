import type { Message } from './message.ts';

/**
 * The port to a message broker: one process's sends, subscriptions and acknowledgements.
 *
 * A *queue* has the name of an actor (`infer`) or of an actor's parked queue (`infer:parked`); each
 * adapter maps it to a name on its broker. A *delivery* is one received message. It is unsettled
 * until `ack` or `nack`.
 */
export interface Transport {
  /**
   * Subscribes to a queue and resolves when the broker has accepted the consumer. Calls
   * `onDelivery` once for each delivery; `onDelivery` must not throw. The adapter subscribes again
   * after a lost connection and after the broker has cancelled the consumer, until `cancel`.
   * @throws the reason of `options.signal` when it aborts first
   */
  receive(
    queue: string,
    onDelivery: (delivery: Delivery) => void,
    options: ReceiveOptions,
  ): Promise<Subscription>;

  /**
   * Publishes a message and resolves when the broker has stored it in the queue. Waits while the
   * broker is blocked. Waits at most the confirm timeout while the transport is not connected.
   * @throws {SendError}
   */
  send(queue: string, message: Message, options?: SendOptions): Promise<void>;

  /** Removes a delivery from its queue. Resolves to false, without effect, when it is gone. */
  ack(delivery: Delivery): Promise<boolean>;

  /**
   * Requeues a delivery, at its original position where the broker supports that. Resolves to
   * false, without effect, when it is gone.
   */
  nack(delivery: Delivery): Promise<boolean>;

  /**
   * Stops consuming and releases all unsettled deliveries; the broker redelivers them. Pending
   * sends fail as `lost`. A second call has no effect.
   */
  close(): Promise<void>;
}

export interface ReceiveOptions {
  /** The maximum number of unsettled deliveries. */
  readonly prefetch: number;
  /**
   * Cancels a pending `receive`, which then rejects with the signal's reason and delivers nothing.
   * Has no effect after `receive` has resolved.
   */
  readonly signal?: AbortSignal;
}

export interface Subscription {
  /** Resolves when the broker has confirmed; no delivery follows. Deliveries stay unsettled. */
  cancel(): Promise<void>;
}

export interface SendOptions {
  /**
   * The delay before the message is delivered, in milliseconds: one of the topology's
   * `retryDelaysMs`.
   * @default 0
   */
  readonly delayMs?: number;
}

/** One received message and the right to settle it. */
export interface Delivery extends Message {
  /** The message id, the same on each redelivery. Undefined when the producer set none. */
  readonly id: string | undefined;
  readonly queue: string;
  /** The broker delivered this message before. */
  readonly redelivered: boolean;
  /**
   * The number of earlier deliveries that were not settled; a nack settles. 0 where the broker does
   * not count deliveries.
   */
  readonly unsettled: number;
  /**
   * The delivery can no longer be settled, because its channel or lease is lost. The broker
   * redelivers the message.
   */
  readonly gone: boolean;
  /**
   * The broker has cancelled the consumer: its queue was deleted, or a delivery exceeded the
   * broker's `consumer_timeout`.
   */
  readonly cancelled?: boolean;
  /** Set when the broker dead-lettered the message to this queue. */
  readonly deadLetter?: DeadLetter | undefined;
}

/** Why and when the broker removed a message from its original queue. */
export interface DeadLetter {
  /** The queue from which the message was removed. */
  readonly queue: string;
  /** The broker's term: `delivery_limit`, `maxlen`, `expired` or `rejected`. */
  readonly reason: string;
  /** In milliseconds since the epoch; undefined where the broker does not record it. */
  readonly atMs: number | undefined;
}

/**
 * The reply queues of a broker. The sender of an envelope opens one and receives there a copy of
 * each message that sidecars send to the ends for that envelope.
 */
export interface ReplyTransport {
  /**
   * Publishes a copy to a reply queue and returns at once. The broker does not store the copy on
   * disk, and drops it after `COPY_TTL_MS`. The copy is dropped when the queue does not exist, when
   * the broker refuses it, and when it is not connected or accepts no publishes. Never throws.
   */
  sendCopy(queue: string, copy: Message): void;

  /**
   * Opens a reply queue under a new name. It exists until `close`, until its connection is lost, or
   * until this process ends.
   * @throws {OpenError} with the reason, for example a missing permission
   */
  openReplyQueue(queue: string, options: ReplyQueueOptions): Promise<ReplyQueue>;
}

export interface ReplyQueueOptions {
  /** Called once for each copy; must not throw. */
  readonly onCopy: (copy: Message) => void;
  /** Called when the queue is lost, with the reason; no copy follows. */
  readonly onLost: (reason: string) => void;
}

export interface ReplyQueue {
  /** Deletes the queue. Never rejects. */
  close(): Promise<void>;
}

/**
 * Why a message could not be sent.
 * - `unroutable`: the queue does not exist; the message is not stored.
 * - `refused`: the broker rejects this message on each attempt; the message is not stored.
 * - `unconfirmed`: the broker sent a nack or no answer in time; the message may be stored.
 * - `lost`: the transport is not connected; the message may be stored.
 */
export type SendErrorCode = 'unroutable' | 'refused' | 'unconfirmed' | 'lost';

export class SendError extends Error {
  override readonly name = 'SendError';
  readonly code: SendErrorCode;
  /** The message was not written and is certainly not stored. */
  readonly notWritten: boolean;
  /**
   * The broker refused access to the queue, for example by a permission. It would refuse any other
   * message to this queue, too.
   */
  readonly accessRefused: boolean;
  constructor(code: SendErrorCode, message: string, options?: SendErrorOptions) {
    super(message, options);
    this.code = code;
    this.notWritten = options?.notWritten ?? false;
    this.accessRefused = options?.accessRefused ?? false;
  }
}

export interface SendErrorOptions extends ErrorOptions {
  /** @default false */
  readonly notWritten?: boolean;
  /** @default false */
  readonly accessRefused?: boolean;
}

/** A transport cannot be opened as configured. `message` names the setting and the reason. */
export class OpenError extends Error {
  override readonly name = 'OpenError';
}

/** A transport reports its state when it opens and after each change. */
export interface TransportState {
  readonly connected: boolean;
  /** The broker accepts no publishes (memory or disk alarm). */
  readonly blocked: boolean;
  /** Required queues and exchanges that are missing or unusable; one sentence each. */
  readonly missing: readonly string[];
  /** Absent while connected, and until the first attempt has failed. */
  readonly disconnect?: Disconnect;
}

/** A failed attempt to connect, or a lost connection. */
export interface Disconnect {
  /** One line, with the broker's reply text if it sent one. */
  readonly reason: string;
  /** The broker refused the login or the virtual host; retries fail until that is changed. */
  readonly refused: boolean;
}
