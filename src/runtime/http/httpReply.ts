import { truncate } from '../../unicode.ts';
import type { CallReply } from '../runtime.ts';
import { decodeText } from './errorBody/bodyText.ts';
import { readHtml } from './errorBody/html.ts';
import { readErrorReply, type HttpResponse } from './errorReply.ts';
import { isJson, mediaTypeOf, type ResponseHeaders } from './mediaType.ts';

/** Reads the body of a successful response. */
export type ReadBody = (body: Buffer) => CallReply;

export interface HttpReplyOptions {
  /** Called with an empty body for a response without one. */
  readonly readBody: ReadBody;
  /** The deepest nesting of objects and arrays in an error object. */
  readonly maxNesting: number;
  /** Milliseconds since the epoch, for a `Retry-After` that is a date. */
  readonly nowMs: number;
}

/**
 * Reads a reply of the protocol `http` whose head has not decided it (see `readHeadReply`).
 *
 * - 204, 205: an empty reply
 * - any other 2xx: `readBody` reads the body
 * - 4xx, 5xx: a failure or a deferral
 */
export function readHttpReply(
  response: HttpResponse,
  { readBody, maxNesting, nowMs }: HttpReplyOptions,
): CallReply {
  const { status, body } = response;
  if (status >= 400) return readErrorReply(response, maxNesting, nowMs);
  if (status === 204 || status === 205) return readBody(EMPTY);
  return withMediaType(readBody(body), response);
}

const EMPTY = Buffer.alloc(0);

/** Adds the media type to the message of an invalid reply that is not declared as JSON. */
function withMediaType(reply: CallReply, { headers, body }: HttpResponse): CallReply {
  if (reply.kind !== 'failed' || reply.fault.code !== 'reply_invalid') return reply;
  const mediaType = mediaTypeOf(headers);
  if (mediaType === undefined || isJson(mediaType)) return reply;
  const title = mediaType === 'text/html' ? titleOf(body, headers) : '';
  const named = title === '' ? '' : ` and its title is ${JSON.stringify(title)}`;
  const message = `${reply.fault.message}; its content-type is ${mediaType}${named}`;
  return { ...reply, fault: { ...reply.fault, message } };
}

/** In characters. */
const MAX_TITLE_LENGTH = 256;

function titleOf(body: Buffer, headers: ResponseHeaders): string {
  return truncate(readHtml(decodeText(body, headers) ?? '').title, MAX_TITLE_LENGTH);
}
