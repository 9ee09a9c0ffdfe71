import { STATUS_CODES } from 'node:http';
import { truncate } from '../../unicode.ts';
import type { Fault } from '../../faults.ts';
import { readPayloadReply } from '../reply/payloadReply.ts';
import type { Unanswered } from '../runtime.ts';
import { readErrorBody, type ErrorBody } from './errorBody/errorBody.ts';
import { firstEventOf } from './firstEvent.ts';
import { contentEncodingOf, isStream, mediaTypeOf, type ResponseHeaders } from './mediaType.ts';
import { readRetryAfter } from './retryAfter.ts';

export interface HttpResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: Buffer;
}

/**
 * Reads a response with a status from 400 to 599.
 *
 * - an error object: a runtime error, or a deferral by its `retry_after_ms`
 * - any `Retry-After`, 429, 503: a deferral
 * - 502: the runtime behind a gateway has crashed
 * - 504: the runtime behind a gateway did not reply in time
 * - any other status: a runtime error
 */
export function readErrorReply(
  { status, headers, body: content }: HttpResponse,
  maxNesting: number,
  nowMs: number,
): Unanswered {
  const mediaType = mediaTypeOf(headers);
  const body = isStream(mediaType) ? firstEventOf(content, mediaType) : content;
  const response = { status, headers, body };
  const own = readOwnError(body, maxNesting);
  if (own?.kind === 'deferred') return own;
  const afterMs =
    readRetryAfter(headers.get('retry-after'), nowMs) ?? (DEFERRALS.has(status) ? 0 : undefined);
  if (afterMs !== undefined) {
    const fault = own?.fault ?? faultOf('runtime_error', response, maxNesting);
    return { kind: 'deferred', fault, afterMs };
  }
  if (own !== undefined) return own;
  return { kind: 'failed', fault: faultOf(codeOf(status), response, maxNesting), retryable: false };
}

/** Statuses that are deferrals even without `Retry-After`. */
const DEFERRALS: ReadonlySet<number> = new Set([429, 503]);

/** The error object in a body, if it has one. */
function readOwnError(
  body: Buffer,
  maxNesting: number,
): Exclude<Unanswered, { kind: 'absent' }> | undefined {
  const reply = readPayloadReply(body, maxNesting);
  if (reply.kind === 'answered' || reply.kind === 'absent') return undefined;
  return reply.kind === 'deferred' || reply.fault.code === 'runtime_error' ? reply : undefined;
}

type ErrorCode = 'runtime_error' | 'runtime_crashed' | 'runtime_timeout';

function codeOf(status: number): ErrorCode {
  if (status === 502) return 'runtime_crashed';
  return status === 504 ? 'runtime_timeout' : 'runtime_error';
}

/**
 * The fault of an error that is not an error object. Its type is the one that the body names, or
 * else the status; the status is always one of the names that `ASYA_RETRY_ERRORS` may have.
 */
function faultOf(code: ErrorCode, response: HttpResponse, maxNesting: number): Fault {
  const statusName = `HTTP ${response.status}`;
  const { message, type, traceback, details } = readError(response, maxNesting);
  return {
    code,
    ...(code === 'runtime_error'
      ? { runtimeCode: statusName, message }
      : { message: `${statusName}: ${message}` }),
    type: type ?? statusName,
    ...(type === undefined ? {} : { mro: [statusName] }),
    ...(traceback === undefined ? {} : { traceback }),
    ...(details === undefined ? {} : { runtimeDetails: details }),
  };
}

function readError(
  { status, headers, body }: HttpResponse,
  maxNesting: number,
): ErrorBody & { readonly message: string } {
  const reason = STATUS_CODES[status] ?? 'no text';
  const coding = contentEncodingOf(headers);
  if (coding !== undefined) {
    const quoted = JSON.stringify(truncate(coding, MAX_CODING_LENGTH));
    return { message: `${reason} (the body is not read: its content-encoding is ${quoted})` };
  }
  const error = readErrorBody(body, headers, maxNesting);
  const { message = reason } = error;
  return { ...error, message: withoutStatus(message, status) };
}

/** In characters. */
const MAX_CODING_LENGTH = 64;

/** Removes the status in front of a message: `404 Not Found`. The fault has it already. */
function withoutStatus(message: string, status: number): string {
  const prefix = `${status}`;
  const rest = message.startsWith(prefix) ? message.slice(prefix.length) : '';
  return /^[ :-]+\S/.test(rest) ? rest.replace(/^[ :-]+/, '') : message;
}
