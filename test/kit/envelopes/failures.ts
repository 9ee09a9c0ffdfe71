import { encodeEnvelope } from '../../../src/envelope/edit.ts';
import { readEnvelope } from '../../../src/envelope/envelope.ts';
import type { Failure, ReportedFault } from '../../../src/faults.ts';
import { errorPayload } from '../../../src/hop/failure/errorEnvelope.ts';
import { wrapBytes } from '../../../src/hop/readHop.ts';
import type { Message } from '../../../src/transport/message.ts';

/** The time of each failure of this file, unless a test sets another one. */
export const FAILED_AT = '2026-11-29T15:00:00.000Z';

const MAX_BYTES = { maxMessageBytes: 16_711_680 };

/** A fault, by default `runtime_error` with the text `on purpose`. */
export type FaultPart = Partial<ReportedFault> & Partial<Omit<Failure, 'fault'>>;

function failureOf({ actor = 'infer', attempt = 5, failedAt, ...fault }: FaultPart): Failure {
  return {
    fault: { code: 'runtime_error', message: 'on purpose', ...fault },
    actor,
    attempt,
    failedAt: failedAt ?? FAILED_AT,
  };
}

/** An envelope that is at `infer`, with a part replaced. */
export function envelopeWith(part: object = {}): Buffer {
  const route = { actors: ['prep', 'infer', 'post'], current: 1 };
  const envelope = { id: 'env-1', route, headers: { 'x-asya-hops': 1 }, payload: { n: 1 } };
  return Buffer.from(JSON.stringify({ ...envelope, ...part }));
}

/** The error envelope that a sidecar sends for an envelope. */
export function errorEnvelope(original: Buffer, fault: FaultPart = {}): Buffer {
  const envelope = readEnvelope(original, { maxNesting: 10_000, isEnd: true });
  const payload = errorPayload(envelope, failureOf(fault), MAX_BYTES);
  return encodeEnvelope(envelope, { payload });
}

/** The error envelope that a sidecar sends for a message that is not an envelope. */
export function errorEnvelopeOfBytes(
  body: Buffer,
  fault: FaultPart = {},
  more: Partial<Message> = {},
): Buffer {
  const failure = failureOf({ code: 'parse_error', message: 'no JSON', attempt: 1, ...fault });
  const envelope = wrapBytes(body, failure.actor);
  const message = { headers: {}, ...more, body };
  return encodeEnvelope(envelope, {
    payload: errorPayload(envelope, failure, { ...MAX_BYTES, message }),
  });
}
