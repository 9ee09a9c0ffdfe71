/** `POST /api/send`; the answer is NDJSON of `SendEvent`. */
export interface SendRequest {
  /** @default a new UUID */
  readonly id?: string;
  readonly actors: readonly string[];
  /** JSON text of an object. @default no headers */
  readonly headers?: string;
  /** JSON text. */
  readonly payload: string;
  /** How long to wait for the results, such as `30s`. @default the time-out of the command */
  readonly wait?: string;
}

/** A line of the answer. The last one has `end`. An empty object is a heartbeat. */
export type SendEvent =
  /** The broker has confirmed the envelope. */
  | { readonly sent: { readonly id: string; readonly to: string } }
  | { readonly answer: SendAnswer }
  | { readonly end: SendEnd }
  | Readonly<Record<string, never>>;

/** The end of one leaf of the journey. */
export interface SendAnswer {
  readonly id: string;
  /** The place among the leaves of a fan-out, such as `[0][2]`; empty without a fan-out. */
  readonly place: string;
  /** JSON text of the payload that reached happy-end. */
  readonly payload?: string;
  /** Set when it reached error-end. */
  readonly failure?: {
    readonly code: string;
    readonly text: string;
    readonly actor?: string;
  };
}

export interface SendEnd {
  /** `time_over`: not all answers have arrived. */
  readonly kind: 'complete' | 'failed' | 'time_over' | 'stopped';
  /** One line. */
  readonly text: string;
}
