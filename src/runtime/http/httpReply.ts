import { STATUS_CODES } from 'node:http';
import { SECOND } from '../../units.ts';
import { truncate } from '../../unicode.ts';
import { replyInvalid } from '../reply/failedReply.ts';
import { readPayloadReply } from '../reply/payloadReply.ts';
import type { Reply } from '../runtime.ts';

export interface HttpResponse {
  readonly status: number;
  /** Keyed by the name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/**
 * Reads a reply of the protocol `http`.
 *
 * - 204, 205: an empty reply
 * - any other 2xx: the body is a reply of the protocol `payload`
 * - 429, 503, and any other 4xx or 5xx with `Retry-After`: a deferral
 * - any other 4xx or 5xx: a runtime error, from an error object or from the status and the text
 * - any other status: an invalid reply
 *
 * @param nowMs milliseconds since the epoch, for a `Retry-After` that is a date
 */
export function readHttpReply(
  { status, headers, body }: HttpResponse,
  maxNesting: number,
  nowMs: number,
): Reply {
  if (status === 204 || status === 205) return { kind: 'answered', items: [], sizeBytes: 0 };
  if (status >= 200 && status < 300) return readPayloadReply(body, maxNesting);
  if (status < 400 || status > 599) return replyInvalid(`the status ${status} is not a reply`);
  const reply = readError(status, body, maxNesting);
  if (reply.kind !== 'failed') return reply;
  const afterMs =
    readRetryAfter(headers.get('retry-after'), nowMs) ?? (DEFERRALS.has(status) ? 0 : undefined);
  return afterMs === undefined ? reply : { kind: 'deferred', fault: reply.fault, afterMs };
}

/** Statuses that are deferrals even without `Retry-After`. */
const DEFERRALS: ReadonlySet<number> = new Set([429, 503]);

/** In characters. */
const MAX_TEXT_LENGTH = 4096;

function readError(status: number, body: Buffer, maxNesting: number): Reply {
  const reply = readPayloadReply(body, maxNesting);
  if (reply.kind === 'deferred') return reply;
  if (reply.kind === 'failed' && reply.fault.code === 'runtime_error') return reply;
  const text = truncate(body.toString('utf8').trim(), MAX_TEXT_LENGTH);
  const message = text === '' ? (STATUS_CODES[status] ?? 'no text') : text;
  return {
    kind: 'failed',
    fault: { code: 'runtime_error', runtimeCode: `HTTP ${status}`, message },
    retryable: false,
  };
}

const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/;

/**
 * Parses a number of seconds or a date (RFC 9110, section 10.2.3) and returns milliseconds from
 * now; undefined if the text is neither.
 */
function readRetryAfter(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * SECOND;
  const time = HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : Math.max(0, time - nowMs);
}
