/** `POST /api/send`; the answer is NDJSON of `SendEvent`. Closing the connection ends the wait. */
export interface SendRequest {
  /** @default a new UUID */
  readonly id?: string;
  /** The route. The envelope is sent to the first actor. */
  readonly actors: readonly string[];
  /** JSON text of an object. @default no headers */
  readonly headers?: string;
  /** JSON text. Its bytes are sent unchanged. */
  readonly payload: string;
  /** How long to wait for the answers, such as `30s`. @default 30s */
  readonly wait?: string;
}

/**
 * A line of the answer. The last one has `end`; without it, the server has ended. An empty object
 * is a heartbeat.
 */
export type SendEvent =
  /** Why the envelope waits to be published, such as an alarm of the broker; or that it is over. */
  | { readonly notice: string }
  | { readonly sent: SentEnvelope }
  | { readonly answer: SendAnswer }
  | { readonly end: SendEnd }
  | Readonly<Record<string, never>>;

/** An envelope that the broker has confirmed. */
export interface SentEnvelope {
  readonly id: string;
  readonly journey: string;
  readonly to: string;
  /** RFC 3339; the time of the confirm. */
  readonly at: string;
}

/**
 * The end of one leaf of the journey. Only the first 1,000 answers are events, and payloads are
 * omitted after 32 MiB.
 */
export interface SendAnswer {
  readonly id: string;
  /** RFC 3339; the arrival at this server. */
  readonly at: string;
  /** The place among the leaves of a fan-out, such as `[0][2]`; empty without a fan-out. */
  readonly place: string;
  /** JSON text of the payload that reached happy-end. */
  readonly payload?: string;
  /** The size of a payload that is omitted. */
  readonly omittedBytes?: number;
  /** Set when it reached error-end. */
  readonly failure?: SendFailure;
}

export interface SendFailure {
  readonly code: string;
  /** `ValueError: not a number` */
  readonly text: string;
  readonly actor?: string;
}

export interface SendEnd {
  /**
   * - `complete`: all leaves of the journey have ended, at happy-end or error-end.
   * - `failed`: the envelope was not sent, or its answers cannot arrive.
   * - `time_over`: not all answers have arrived in time.
   */
  readonly kind: 'complete' | 'failed' | 'time_over';
  /** One line. */
  readonly text: string;
  /** The field of the request that is the cause. */
  readonly field?: string;
  /** The number of answers that have arrived, and of the failures among them. */
  readonly answers: number;
  readonly failures: number;
}
