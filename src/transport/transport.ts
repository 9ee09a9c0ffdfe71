/**
 * The port to a message broker.
 *
 * - *queue*: the name of an actor (`infer`), or of an actor's parking place (`infer:parked`). Each adapter
 *   maps it to names of its own.
 * - *delivery*: one received message and, until it is settled, the right to settle it.
 */

/** A header's value, as every broker can carry it. */
export type HeaderValue = string | number | boolean;

export type Headers = Readonly<Record<string, HeaderValue>>;

/**
 * The properties of a message, as AMQP 0-9-1 defines them. A hop reads none of them; a transport
 * delivers those that it is given, and adds none.
 */
export interface MessageProperties {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly correlationId?: string;
  readonly replyTo?: string;
  readonly type?: string;
  /** In seconds since the epoch. */
  readonly timestamp?: number;
  /** From 0 to 255. */
  readonly priority?: number;
  readonly appId?: string;
  /** Headers that are neither text, number nor boolean: lists, tables and bytes. */
  readonly structuredHeaders?: Readonly<Record<string, StructuredValue>>;
}

/**
 * A header's value of any depth. A table with the key `!` is a value of another type:
 * `{"!": "timestamp", "value": 1}`.
 */
export type StructuredValue =
  | HeaderValue
  | null
  | Buffer
  | readonly StructuredValue[]
  | { readonly [key: string]: StructuredValue };

/**
 * What is published. The transport gives each publish a message id of its own and never changes
 * `headers`.
 */
export interface Message {
  /**
   * Once `send` has ended the transport holds no reference to it: the sender may free or overwrite
   * it.
   */
  readonly body: Buffer;
  readonly headers: Headers;
  /**
   * Absent: an envelope, which is published as JSON. A message that is sent again keeps the
   * properties it came with.
   */
  readonly properties?: MessageProperties | undefined;
  /** Who it is, for those that watch; not sent. */
  readonly about?: About;
}

export interface About {
  /** Why it is sent: next, fanout, happy_end, error_end, retry or parked. */
  readonly kind: string;
  readonly envelopeId: string;
  readonly parentId: string | undefined;
  readonly journeyId: string;
  /** How many envelopes leave together, in a fan-out. */
  readonly fanoutSize?: number;
}

export interface Delivery extends Message {
  /**
   * The publisher's message id; stable over redeliveries. Undefined when the publisher gave none.
   */
  readonly id: string | undefined;
  readonly queue: string;
  /** The broker says that this message was delivered before. */
  readonly redelivered: boolean;
  /**
   * How often the message was delivered before without being settled; a nack does not count, as far
   * as the transport can tell. 0 where the broker does not count.
   */
  readonly unsettled: number;
  /**
   * The delivery can no longer be settled: its channel or lease is gone, and the broker delivers it
   * again.
   */
  readonly gone: boolean;
  /**
   * The broker has cancelled the consumer. Its queue was deleted; or a delivery exceeded
   * `consumer_timeout` (RabbitMQ 4.3), and the broker delivers this one again.
   */
  readonly cancelled?: boolean;
  /** Why the broker itself has moved the message here; undefined when it was sent to this queue. */
  readonly deadLetter?: DeadLetter | undefined;
  /**
   * Where it came from, in the broker's own words, for those that watch; undefined where the queue
   * says it all.
   */
  readonly origin?: Origin | undefined;
}

/** The end of a message's stay in the queue that it was sent to, where the broker ended it. */
export interface DeadLetter {
  /** The queue that the message was sent to. */
  readonly queue: string;
  /** In the broker's words: `delivery_limit`, `maxlen`, `expired` or `rejected`. */
  readonly reason: string;
  /** In milliseconds since the epoch; undefined where the broker does not say. */
  readonly atMs: number | undefined;
}

/** Where a delivery came from, as AMQP has it. */
export interface Origin {
  readonly server: Server | undefined;
  readonly exchange: string;
  readonly routingKey: string;
  /** As the broker calls it. */
  readonly queue: string;
  readonly deliveryTag: number;
}

export interface Server {
  readonly hostname: string;
  readonly port: number;
}

export interface SendOptions {
  /**
   * Deliver only after this many milliseconds; one of the delays that the transport was opened
   * with.
   */
  readonly delayMs?: number;
}

export interface ReceiveOptions {
  /** The most deliveries that may be unsettled at once. */
  readonly prefetch: number;
  /**
   * Cancels a `receive` that still waits for the broker: it rejects with the signal's reason, and
   * no delivery comes after that. The signal has no effect on a `receive` that has resolved.
   */
  readonly signal?: AbortSignal;
}

export interface Subscription {
  /**
   * Resolves when the broker has answered: no delivery comes after it. What is in hand stays in
   * hand.
   */
  cancel(): Promise<void>;
}

export interface Transport {
  /**
   * Consumes a queue and resolves when the broker has agreed. `onDelivery` is called once for each
   * delivery, and must not throw. After a lost connection, or when the broker cancels the consumer,
   * the adapter consumes again by itself until `cancel`.
   * @throws the reason of `options.signal` when that aborts first
   */
  receive(
    queue: string,
    onDelivery: (delivery: Delivery) => void,
    options: ReceiveOptions,
  ): Promise<Subscription>;

  /**
   * Resolves only when the broker has taken responsibility for the message in a queue. Waits while
   * the broker is blocked, and, for at most the confirm time-out, while it is not connected.
   * @throws {SendError}
   */
  send(queue: string, message: Message, options?: SendOptions): Promise<void>;

  /**
   * Settles a delivery for good. Resolves to false, and does nothing, when the delivery is gone.
   */
  ack(delivery: Delivery): Promise<boolean>;

  /**
   * Returns a delivery to its queue, at its old place where the broker can. False when it is gone.
   */
  nack(delivery: Delivery): Promise<boolean>;

  /**
   * Stops consuming and lets go of what is unsettled: the broker delivers it again. Pending sends
   * fail as lost.
   */
  close(): Promise<void>;
}

/** A transport that also reports on its queues, for telemetry and commands. */
export interface CountingTransport extends Transport {
  /**
   * How many messages of a queue are ready to be delivered; undefined while the broker cannot say.
   */
  depth(queue: string): Promise<number | undefined>;
  /** What a queue holds, and for whom; undefined while the broker cannot say. */
  inspect(queue: string): Promise<QueueState | undefined>;
  /**
   * Reads the messages of a queue, at most `limit`, and takes none: also those that wait for their
   * delay, or that a process has in hand. Absent where the broker offers no such view.
   */
  browse?(queue: string, limit: number): Promise<readonly BrowsedMessage[]>;
}

export interface BrowsedMessage extends Message {
  /** It is not waiting for its delay, and no process has it in hand. */
  readonly isReady: boolean;
}

export interface QueueState {
  /** False: no sidecar has needed the queue yet, or it was deleted. */
  readonly exists: boolean;
  /** Messages that are ready to be delivered. */
  readonly ready: number;
  /** Undefined where the transport does not know. */
  readonly consumers: number | undefined;
  /**
   * Messages that a process has in hand; undefined where the transport does not know, or there are
   * none.
   */
  readonly leased: { readonly count: number; readonly untilMs: number } | undefined;
}

/**
 * Why a message could not be sent.
 * - `unroutable`: no queue takes it; it was not stored.
 * - `refused`: the broker refuses this message whenever it is sent; it was not stored.
 * - `unconfirmed`: the broker did not take it for now, or did not answer in time; it may be stored
 *   or not.
 * - `lost`: the connection was lost, or could not be made; it may be stored or not.
 */
export type SendErrorCode = 'unroutable' | 'refused' | 'unconfirmed' | 'lost';

export class SendError extends Error {
  override readonly name = 'SendError';
  readonly code: SendErrorCode;
  /** Nothing was written: the message is certainly not stored, whatever the code says. */
  readonly notWritten: boolean;
  constructor(code: SendErrorCode, message: string, options?: SendErrorOptions) {
    super(message, options);
    this.code = code;
    this.notWritten = options?.notWritten ?? false;
  }
}

export interface SendErrorOptions extends ErrorOptions {
  readonly notWritten?: boolean;
}

/**
 * A transport cannot be opened, and whoever has configured it can mend that. `message` says what is
 * wrong.
 */
export class OpenError extends Error {
  override readonly name = 'OpenError';
}

/** What a transport reports of itself, at once when opened and at every change. */
export interface TransportState {
  readonly connected: boolean;
  /** The broker takes no publishes for now (a memory or disk alarm). */
  readonly blocked: boolean;
  /** What must exist and does not, or exists and cannot be used; one sentence each. */
  readonly missing: readonly string[];
  /**
   * Why the transport is not connected; absent while it is, and before the first attempt has
   * failed.
   */
  readonly disconnect?: Disconnect;
}

/** The failure of an attempt to connect, or the loss of a connection. */
export interface Disconnect {
  /** One line for people, with the broker's own reply text where there is one. */
  readonly reason: string;
  /**
   * The broker refused the login or the virtual host: further attempts fail until that is changed.
   */
  readonly refused: boolean;
}

/**
 * What a sidecar needs on a broker: declared when the transport opens, and again when it was
 * deleted.
 */
export interface Topology {
  readonly actor: string;
  readonly happyEnd: string;
  readonly errorEnd: string;
  /** The delays of the retry queues of `actor`, in milliseconds. */
  readonly retryDelaysMs: readonly number[];
}

/**
 * The name of the queue without a consumer where an error-end keeps what even it could not take.
 */
export function parkedQueue(actor: string): string {
  return `${actor}:parked`;
}

/** Separates an actor's name from a delay in the name of a retry queue. */
export const RETRY = ':retry:';

/**
 * The name of the queue in which messages of an actor wait for their delay, on brokers that have
 * one for each delay. It contains the delay, so that a changed setting creates new queues instead
 * of keeping old delays.
 */
export function retryQueue(actor: string, delayMs: number): string {
  return `${actor}${RETRY}${delayMs}`;
}

/**
 * Every queue that a sidecar needs, whether it consumes from it or sends to it; the retry queues
 * are the adapter's.
 */
export function queuesOf({ actor, happyEnd, errorEnd }: Topology): readonly string[] {
  return [...new Set([actor, happyEnd, errorEnd, parkedQueue(errorEnd)])];
}
