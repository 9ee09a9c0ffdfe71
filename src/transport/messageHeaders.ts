import type { Headers } from './transport.ts';

/**
 * Message headers of one publish. Values that must outlive the publish are headers of the envelope.
 */
export const TRANSPORT_HEADER = {
  /** Which attempt this is; absent means 1. */
  attempt: 'asya-attempt',
  /** When it was published, in milliseconds since the epoch. */
  publishedAt: 'asya-published-at',
  /** How long the broker was asked to keep it before it is due, in milliseconds; absent means 0. */
  delayMs: 'asya-delay-ms',
  deferrals: 'asya-deferrals',
  forward: 'asya-forward',
  /**
   * A crash of the runtime may be this message's doing: it is to be the only call in the runtime.
   */
  alone: 'asya-alone',
  /** Published by hand from an error-end or a parked queue. */
  replayed: 'asya-replayed',
  /**
   * The error of an original that went to error-end as it came, as it does not fit into an error
   * envelope.
   */
  errorCode: 'asya-error-code',
  errorMessage: 'asya-error-message',
  errorType: 'asya-error-type',
  errorActor: 'asya-error-actor',
  errorAttempt: 'asya-error-attempt',
  errorFailedAt: 'asya-error-failed-at',
  /** Why error-end has parked a message as it came. */
  parkedCode: 'asya-parked-code',
  parkedMessage: 'asya-parked-message',
} as const;
export const OWN_HEADERS: ReadonlySet<string> = new Set(Object.values(TRANSPORT_HEADER));
/** The headers of a message but for those that belong to one publish of a sidecar. */
export function foreignHeaders(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name)));
}
