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

/** A transport that also reports on its queues, for telemetry and commands. */
export interface InspectableTransport extends Transport, ReplyTransport, QueueReader {
  /** The number of ready messages; undefined while the broker cannot be asked. */
  depth(queue: string): Promise<number | undefined>;
  /** The state of a queue; undefined while the broker cannot be asked. */
  inspect(queue: string): Promise<QueueState | undefined>;
  /** Counts the messages of the topology that wait outside of the actor's queue. */
  countWaiting(): Promise<WaitingCounts>;
}

/**
 * Numbers of waiting messages. A number is undefined while the broker cannot be asked, and without
 * a topology.
 */
export interface WaitingCounts {
  /** The messages that are ready in error-end's queue. */
  readonly errorEnd?: number | undefined;
  /** The messages in error-end's parked queue; 0 before it is declared. */
  readonly parked?: number | undefined;
  /** The messages for the actor whose delay has not passed. */
  readonly delayed?: number | undefined;
}

/**
 * Reads queues for commands. The queue may also be a parked queue, or the retry queue of an actor.
 * Where the broker has no retry queues, the actor's queue includes the delayed messages.
 *
 * Messages that a consumer or another look holds are not read, unless the broker shows them as
 * leased.
 */
export interface QueueReader {
  /**
   * Reads the messages of a queue in order and leaves them there, in the same order.
   * @param onMessage must not throw, and must not keep the body
   * @throws {LookError}
   */
  look(
    queue: string,
    onMessage: (message: QueuedMessage) => void,
    options: LookOptions,
  ): Promise<Look>;

  /**
   * Opens a take, which reads the messages of a queue in order. Each message that is ready can be
   * removed; the others stay in the queue, in the same order, also when this process is killed.
   * @param onMessage must not throw. See `Take.keep`
   * @throws {LookError}
   */
  take(
    queue: string,
    onMessage: (message: QueuedMessage) => void,
    options: LookOptions,
  ): Promise<Take>;

  /**
   * Compares the arguments of a queue with those that a sidecar declares, and changes nothing.
   * Resolves to a clause with the differences that may matter to a look, or with the reason why
   * they cannot be compared; to undefined if there are none, for a missing queue, and where queues
   * have no arguments.
   * @throws {LookError}
   */
  argumentProblem(queue: string, errorEnd: string): Promise<string | undefined>;
}

export interface LookOptions {
  /** The largest number of messages to read. */
  readonly limit: number;
  /** The look ends when no message arrives for this time, in milliseconds. */
  readonly idleTimeoutMs: number;
  /** Ends the look before the next message. */
  readonly stopped: AbortSignal;
  /**
   * Awaited after each batch of messages, so that the output of `onMessage` does not collect in
   * memory. While it is pending, the look reads slowly: the broker closes a connection from which
   * nothing is read. A rejection ends the look with the same error.
   * @default the queue is read without a pause
   */
  readonly drained?: (() => Promise<void>) | undefined;
}

/** A look that can remove messages. */
export interface Take {
  /**
   * Reads the messages; must be called once. Resolves when no message follows. Messages can be
   * claimed and settled until `release`.
   * @throws {LookError}
   */
  read(): Promise<Look>;
  /** Returns a message that stays valid after `onMessage`. */
  keep(message: QueuedMessage): QueuedMessage;
  /** Claims a message before it is handled. Resolves to false when another consumer has it. */
  claim(message: QueuedMessage): Promise<boolean>;
  /** Settles a claimed message. Resolves to false when it may be delivered again. */
  settle(message: QueuedMessage, verdict: Verdict): Promise<boolean>;
  /**
   * Ends the take and returns all messages that are not acknowledged. Resolves to false when acks
   * may be lost; the broker then delivers their messages again. Never rejects.
   */
  release(): Promise<boolean>;
}

/** Whether a message is removed from its queue, or stays there. */
export type Verdict = 'acknowledge' | 'leave';

/** A message in a queue. A look does not confer the right to settle it. */
export interface QueuedMessage extends Message, Pick<Delivery, 'id' | 'deadLetter'> {
  /** False while the message is delayed or leased. */
  readonly isReady: boolean;
  /** The message waits for its delay. */
  readonly isDelayed: boolean;
}

/** The result of a look. */
export interface Look {
  /** The number of messages that were read. */
  readonly count: number;
  /** The number of messages that could be read at the start. */
  readonly total: number;
  /** The time at which the look started, in milliseconds since the epoch. */
  readonly asOfMs: number;
  /** The number of other consumers at the start; undefined where the transport counts none. */
  readonly consumers: number | undefined;
  /**
   * - `complete`: all messages of the start, or `limit`, were read.
   * - `idle`: fewer messages arrived; a consumer received the others.
   * - `stopped`: by the caller.
   * - `partial`: the broker limits the time and the number of messages of a look.
   */
  readonly end: 'complete' | 'idle' | 'stopped' | 'partial';
}

/** Why the messages of a queue could not be read, or not all of them. `message` is one line. */
export class LookError extends Error {
  override readonly name = 'LookError';
  readonly code: LookErrorCode;
  constructor(code: LookErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * - `missing`: the queue does not exist.
 * - `refused`: the broker refuses to deliver the messages.
 * - `lost`: the transport is not connected, or the connection was lost; another look may succeed.
 */
export type LookErrorCode = 'missing' | 'refused' | 'lost';

export interface QueueState {
  /** False when the queue was never declared, or was deleted. */
  readonly exists: boolean;
  /** The number of messages that are ready to be delivered. */
  readonly ready: number;
  /** Undefined where the transport does not count consumers. */
  readonly consumers: number | undefined;
  /**
   * The number of leased messages, and the end of the last lease in milliseconds since the epoch.
   * Undefined when there are none, or where the transport has no leases.
   */
  readonly leased: { readonly count: number; readonly untilMs: number } | undefined;
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
  constructor(code: SendErrorCode, message: string, options?: SendErrorOptions) {
    super(message, options);
    this.code = code;
    this.notWritten = options?.notWritten ?? false;
  }
}

export interface SendErrorOptions extends ErrorOptions {
  /** @default false */
  readonly notWritten?: boolean;
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
