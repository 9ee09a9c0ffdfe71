import { createChecksum } from './checksum.ts';

/** The value of a header that every broker can carry. */
export type HeaderValue = string | number | boolean;

export type Headers = Readonly<Record<string, HeaderValue>>;

/** One publish. The transport assigns the message id and never modifies `headers`. */
export interface Message {
  /** The sender may free or overwrite the bytes as soon as `send` has settled. */
  readonly body: Buffer;
  readonly headers: Headers;
  /** Absent on an envelope of this sidecar. A message that is resent keeps its properties. */
  readonly properties?: MessageProperties | undefined;
}

/**
 * The properties that the producer of a foreign message set. A hop reads none of them. A transport
 * delivers the properties of each message and publishes them unchanged when the message is resent.
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
  /** Headers whose value is not a `HeaderValue`: lists, records and bytes. */
  readonly structuredHeaders?: Readonly<Record<string, StructuredValue>>;
}

/**
 * A header's value of any depth. A record with the key `!` is a typed value: `{"!": "timestamp",
 * "value": 1}`.
 */
export type StructuredValue =
  | HeaderValue
  | null
  | Buffer
  | readonly StructuredValue[]
  | { readonly [key: string]: StructuredValue };

/**
 * The message headers that a sidecar sets. They belong to one publish; a value that must survive a
 * hop is a header of the envelope.
 */
export const TRANSPORT_HEADER = {
  /** The number of the attempt; absent means 1. */
  attempt: 'asya-attempt',
  /** The time of the publish, in milliseconds since the epoch. */
  publishedAt: 'asya-published-at',
  /** The delay that was requested from the broker, in milliseconds; absent means 0. */
  delayMs: 'asya-delay-ms',
  deferrals: 'asya-deferrals',
  /** The queue that an unroutable dispatch is resent to. */
  forward: 'asya-forward',
  /** The message may have crashed the runtime; it is processed alone. */
  alone: 'asya-alone',
  /** On a copy for the sender of an envelope: `happy_end` or `error_end`. */
  end: 'asya-end',
  /** Set by the `replay` command. */
  replayed: 'asya-replayed',
  /**
   * The error of a message that was sent to error-end unchanged, because message and error together
   * exceed the message limit.
   */
  errorCode: 'asya-error-code',
  errorMessage: 'asya-error-message',
  errorType: 'asya-error-type',
  errorActor: 'asya-error-actor',
  errorAttempt: 'asya-error-attempt',
  errorFailedAt: 'asya-error-failed-at',
  /** The error of a message that error-end has parked. */
  parkedCode: 'asya-parked-code',
  parkedMessage: 'asya-parked-message',
} as const;

const OWN_HEADERS: ReadonlySet<string> = new Set(Object.values(TRANSPORT_HEADER));

/** The headers that were not set by a sidecar. */
export function foreignHeaders(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name)));
}

/**
 * Returns the identity of a message within this process. Redeliveries of one publish have the same
 * identity. Different messages have different identities, even with the same message id, because
 * some producers use the id of an entity. The identity consists of the message id,
 * `asya-published-at`, `asya-attempt`, `asya-forward` and a checksum of the body, which contains
 * the envelope id and `x-asya-hops`.
 */
export type Identify = (message: {
  readonly id: string | undefined;
  readonly headers: Headers;
  readonly body: Buffer;
}) => string;

export function createIdentify(): Identify {
  const checksumOf = createChecksum();
  return ({ id, headers, body }) =>
    JSON.stringify([
      id,
      headers[TRANSPORT_HEADER.publishedAt],
      headers[TRANSPORT_HEADER.attempt],
      headers[TRANSPORT_HEADER.forward],
      checksumOf(body),
    ]);
}
