import { isUtf8 } from 'node:buffer';
import type { Actor } from '../actor/actor.ts';
import type { ErrorObject } from '../actor/errorObject.ts';
import { kitError } from '../actor/errorObject.ts';
import { encodeOutcome, isFailure, type Failure, type Outcome } from '../actor/outcome.ts';
import type { Log } from '../log.ts';

/** What the protocols need to answer a request. */
export interface ProtocolOptions {
  readonly actor: Actor;
  /** Decodes the JSON of a request. */
  readonly parse: (text: string) => unknown;
  readonly log: Log;
}

/** Thrown for a request that breaks a rule of its protocol. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly error: ErrorObject;

  constructor(message: string) {
    super(message);
    this.error = kitError('bad_request', message);
  }
}

/** Logs a request that breaks a rule, and returns its error. @throws any other error */
export function refuse(error: unknown, { log }: Pick<ProtocolOptions, 'log'>): ErrorObject {
  if (!(error instanceof RequestError)) throw error;
  log('warn', 'bad request', { err: error.message });
  return error.error;
}

/** @throws {RequestError} if the text is not JSON */
export function parseJson(body: Buffer, { parse }: ProtocolOptions): unknown {
  if (!isUtf8(body)) throw new RequestError('the request is not UTF-8');
  try {
    return parse(body.toString());
  } catch (error) {
    throw new RequestError(`the request is not JSON: ${String(error)}`);
  }
}

/** @throws {RequestError} if the value is not an array of payloads */
export function asBatch(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new RequestError(
    'expected an array of payloads; ASYA_BATCH_SIZE of the sidecar and of the runtime must agree',
  );
}

/** The outcomes of a batch as one reply: an array of replies, or the error of the whole call. */
export function encodeOutcomes(outcomes: readonly Outcome[] | Failure): string {
  return isFailure(outcomes)
    ? encodeOutcome(outcomes)
    : `[${outcomes.map(encodeOutcome).join(',')}]`;
}
