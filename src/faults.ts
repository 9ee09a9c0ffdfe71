/**
 * The closed set of fault codes, which error envelopes, metrics and spans share.
 *
 * - `objective`: the service-level objective that the fault counts against. *Delivery* is broken by
 *   the platform, *function* by the actor's code or the producer.
 * - `isPermanent`: the message itself is at fault, so another attempt fails too.
 */
export const FAULTS = {
  parse_error: { objective: 'function', isPermanent: true },
  invalid_envelope: { objective: 'function', isPermanent: true },
  route_mismatch: { objective: 'function', isPermanent: true },
  deadline_exceeded: { objective: 'function', isPermanent: true },
  runtime_error: { objective: 'function', isPermanent: false },
  reply_invalid: { objective: 'function', isPermanent: false },
  reply_too_large: { objective: 'function', isPermanent: false },
  fanout_too_wide: { objective: 'function', isPermanent: false },
  runtime_timeout: { objective: 'delivery', isPermanent: false },
  runtime_crashed: { objective: 'delivery', isPermanent: false },
  unroutable: { objective: 'delivery', isPermanent: false },
  publish_refused: { objective: 'delivery', isPermanent: false },
  redelivered_too_often: { objective: 'delivery', isPermanent: false },
  internal_error: { objective: 'delivery', isPermanent: false },
} as const satisfies Record<string, { objective: 'delivery' | 'function'; isPermanent: boolean }>;

export type FaultCode = keyof typeof FAULTS;

export const FAULT_CODES = Object.keys(FAULTS) as readonly FaultCode[];

/** A failed hop, as data. Programs read `code`; `message` is for people. */
export interface Fault {
  readonly code: FaultCode;
  readonly message: string;
  /** The runtime's own code for the error, if it returned one. */
  readonly runtimeCode?: string;
  /** The class of the runtime's exception, if the runtime returned it. */
  readonly type?: string;
  /** The exception's base classes, nearest first, if the runtime returned them. */
  readonly mro?: readonly string[];
  readonly traceback?: string;
  /** Further details that the runtime returned, as JSON text. */
  readonly runtimeDetails?: string;
  /** The thrown value, for the log only. */
  readonly cause?: unknown;
}

/** A fault with its place and time, as messages in error-end's queue carry it. */
export interface Failure {
  readonly fault: ReportedFault;
  readonly actor: string;
  readonly attempt: number;
  /** RFC 3339; undefined if the message does not contain it. */
  readonly failedAt: string | undefined;
}

/** A fault that another version may have reported, with a code that this version may not know. */
export type ReportedFault = Omit<Fault, 'code'> & { readonly code: string };

/**
 * Reports whether the fault means that the message is not an envelope. Such a message is stored as
 * bytes and not parsed.
 */
export function isUnreadable({ code }: Pick<ReportedFault, 'code'>): boolean {
  return code === 'parse_error' || code === 'invalid_envelope';
}

interface FaultText {
  readonly message: string;
  readonly type?: string | undefined;
}

/** The text of a fault for people, as Python prints an exception: `KeyError: 'price'`. */
export function faultText({ type, message }: FaultText): string {
  return type === undefined || message.startsWith(type) ? message : `${type}: ${message}`;
}

/** Returns the message of a thrown value, which need not be an `Error`. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
