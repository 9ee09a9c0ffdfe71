/**
 * What can go wrong with an envelope: a closed set of codes, the same in error envelopes, metrics
 * and spans.
 *
 * - `burns`: whose objective the failure counts against: the *delivery* (the platform failed) or
 *   the
 *   *function* (the actor's code or the sender did).
 * - `ofMessage`: the fault lies in the message itself, so another attempt cannot end otherwise.
 */
export const FAULTS = {
  parse_error: { burns: 'function', ofMessage: true },
  invalid_envelope: { burns: 'function', ofMessage: true },
  route_mismatch: { burns: 'function', ofMessage: true },
  deadline_exceeded: { burns: 'function', ofMessage: true },
  runtime_error: { burns: 'function', ofMessage: false },
  reply_invalid: { burns: 'function', ofMessage: false },
  reply_too_large: { burns: 'function', ofMessage: false },
  fanout_too_wide: { burns: 'function', ofMessage: false },
  runtime_timeout: { burns: 'delivery', ofMessage: false },
  runtime_crashed: { burns: 'delivery', ofMessage: false },
  unroutable: { burns: 'delivery', ofMessage: false },
  publish_refused: { burns: 'delivery', ofMessage: false },
  redelivered_too_often: { burns: 'delivery', ofMessage: false },
  internal_error: { burns: 'delivery', ofMessage: false },
} as const satisfies Record<string, { burns: 'delivery' | 'function'; ofMessage: boolean }>;

export type FaultCode = keyof typeof FAULTS;

export const FAULT_CODES = Object.keys(FAULTS) as readonly FaultCode[];

/** What went wrong, as data. `message` is text for people; programs read `code`. */
export interface Fault {
  readonly code: FaultCode;
  readonly message: string;
  /** The runtime's own code for the error, when it told one. */
  readonly runtimeCode?: string;
  /** The exception's class, when a runtime told it. */
  readonly type?: string;
  /** The names of the exception's base classes, nearest first, when a runtime told them. */
  readonly mro?: readonly string[];
  readonly traceback?: string;
  /** What else the runtime told of the error, as JSON text. */
  readonly runtimeDetails?: string;
  /** What was thrown, for the log only. */
  readonly cause?: unknown;
}

/** A fault, and where and when it happened, as messages in error-end's queue carry it. */
export interface Failure {
  readonly fault: ReportedFault;
  readonly actor: string;
  readonly attempt: number;
  /** RFC 3339; undefined where the message does not have it. */
  readonly failedAt: string | undefined;
}

/** A fault that may come from another version, whose codes this one does not know. */
export type ReportedFault = Omit<Fault, 'code'> & { readonly code: string };

/**
 * Whether a fault says that the message is not an envelope: then its bytes are kept, and not taken
 * apart.
 */
export function isNotAnEnvelope({ code }: Pick<ReportedFault, 'code'>): boolean {
  return code === 'parse_error' || code === 'invalid_envelope';
}

/** The text of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
