import type { ErrorObject } from './errorObject.ts';

/** The result of one call: its payloads as JSON texts, or an error. */
export type Outcome = Answer | Failure;

export interface Answer {
  /** No payload ends the route; several are a fan-out. */
  readonly payloads: readonly string[];
  /** Whether the reply is an array of the payloads. */
  readonly isList: boolean;
}

export interface Failure {
  readonly error: ErrorObject;
}

export function isFailure(outcome: object): outcome is Failure {
  return 'error' in outcome;
}

/** The outcome as a reply of the protocols `payload` and `http`. */
export function encodeOutcome(outcome: Outcome): string {
  if (isFailure(outcome)) return JSON.stringify(outcome.error);
  const { payloads, isList } = outcome;
  return isList ? `[${payloads.join(',')}]` : (payloads[0] ?? 'null');
}
