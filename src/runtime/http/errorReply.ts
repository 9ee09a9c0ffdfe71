import { STATUS_CODES } from 'node:http';
import { truncate } from '../../unicode.ts';
import type { Fault } from '../../faults.ts';
import { readPayloadReply } from '../reply/payloadReply.ts';
import type { Unanswered } from '../runtime.ts';
import { contentEncodingOf, type ResponseHeaders } from './mediaType.ts';
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
  response: HttpResponse,
  maxNesting: number,
  nowMs: number,
): Unanswered {
  const { status, headers, body } = response;
  const own = readOwnError(body, maxNesting);
  if (own?.kind === 'deferred') return own;
  const afterMs =
    readRetryAfter(headers.get('retry-after'), nowMs) ?? (DEFERRALS.has(status) ? 0 : undefined);
  if (afterMs !== undefined) {
    const fault = own?.fault ?? faultOf('runtime_error', response);
    return { kind: 'deferred', fault, afterMs };
  }
  if (own !== undefined) return own;
  return { kind: 'failed', fault: faultOf(codeOf(status), response), retryable: false };
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

function faultOf(code: ErrorCode, response: HttpResponse): Fault {
  const { status } = response;
  const message = messageOf(response);
  if (code === 'runtime_error') return { code, runtimeCode: `HTTP ${status}`, message };
  return { code, message: `the server answered HTTP ${status}: ${message}` };
}

/** In characters. */
const MAX_TEXT_LENGTH = 4096;

function messageOf({ status, headers, body }: HttpResponse): string {
  const reason = STATUS_CODES[status] ?? 'no text';
  const coding = contentEncodingOf(headers);
  if (coding !== undefined)
    return `${reason} (the body is not read: its content-encoding is ${JSON.stringify(truncate(coding, 64))})`;
  const text = truncate(body.toString('utf8').trim(), MAX_TEXT_LENGTH);
  return text === '' ? reason : text;
}
