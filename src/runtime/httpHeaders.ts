import { idempotencyKeyOf } from './idempotencyKey.ts';
import type { Request } from './runtime.ts';

/** What an HTTP request says of its envelope. Ids are percent-encoded, since they may be any text. */
export function headersOf(request: Request): ReadonlyMap<string, string> {
  const { envelope, actor, attempt, timeoutMs, context } = request;
  const { journeyId, deadlineMs } = envelope.headers;
  const headers = new Map([
    ['content-type', 'application/json'],
    ['asya-envelope-id', encodeURIComponent(envelope.id)],
    ['asya-journey-id', encodeURIComponent(journeyId)],
    ['asya-actor', actor],
    ['asya-attempt', String(attempt)],
    ['asya-timeout-ms', String(Math.round(timeoutMs))],
    ['asya-idempotency-key', encodeURIComponent(idempotencyKeyOf(envelope))],
  ]);
  if (deadlineMs !== undefined) headers.set('asya-deadline', new Date(deadlineMs).toISOString());
  for (const [name, value] of Object.entries(context)) {
    // The sender of a message may have written what no header can hold.
    if (HEADER_VALUE.test(value)) headers.set(name, value);
  }
  return headers;
}

/** What RFC 9110 allows in the value of a header, less what is obsolete. */
const HEADER_VALUE = /^[\x20-\x7e\t]*$/;
