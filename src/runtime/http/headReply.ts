import { truncate } from '../../unicode.ts';
import { replyInvalid } from '../reply/failedReply.ts';
import type { Unanswered } from '../runtime.ts';
import { readErrorReply } from './errorReply.ts';
import { contentEncodingOf, isStream, mediaTypeOf, type ResponseHeaders } from './mediaType.ts';

/**
 * Returns the reply that the head of a response decides; undefined if the body decides it. The body
 * of such a response may never end, so it is not read.
 *
 * - 3xx, 600 and above: an invalid reply
 * - 2xx with a stream or with a content-encoding: an invalid reply
 * - 4xx and 5xx with a content-encoding: the reply of the same response without a body
 *
 * @param nowMs milliseconds since the epoch, for a `Retry-After` that is a date
 */
export function readHeadReply(
  { status, headers }: { readonly status: number; readonly headers: ResponseHeaders },
  nowMs: number,
): Unanswered | undefined {
  if (status === 204 || status === 205) return undefined;
  if (status >= 600) return replyInvalid(`the status ${status} is not a reply`);
  if (status >= 300 && status < 400) return redirected(status, headers.get('location'));
  const coding = contentEncodingOf(headers);
  if (status >= 400) {
    return coding === undefined
      ? undefined
      : readErrorReply({ status, headers, body: EMPTY }, 0, nowMs);
  }
  if (coding !== undefined) return replyInvalid(encodedProblem(coding));
  const mediaType = mediaTypeOf(headers);
  return isStream(mediaType) ? replyInvalid(streamProblem(mediaType)) : undefined;
}

const EMPTY = Buffer.alloc(0);

/** In characters, of a text from a header in an error message. */
const MAX_QUOTED_LENGTH = 256;

function encodedProblem(coding: string): string {
  const quoted = JSON.stringify(truncate(coding, MAX_QUOTED_LENGTH));
  return `the reply has the content-encoding ${quoted}, and requests have "accept-encoding: identity"`;
}

function streamProblem(mediaType: string): string {
  return (
    `the reply is a stream (${mediaType}) and not one JSON text;` +
    ' most model servers send JSON for a payload with "stream": false'
  );
}

function redirected(status: number, location: string | undefined): Unanswered {
  const target = location === undefined ? undefined : describeLocation(location);
  return replyInvalid(
    target === undefined
      ? `the status ${status} is not a reply`
      : `the status ${status} redirects to ${target}; redirects are not followed, so set ASYA_RUNTIME_URL to this location`,
  );
}

/** The base of relative locations. Its host cannot occur in a location (RFC 6761). */
const BASE = 'http://relative.invalid';

/** Returns origin and path, without credentials and query, which may be secret. */
function describeLocation(location: string): string {
  const url = URL.parse(location, BASE);
  if (url === null) return 'a location that is not a URL';
  const origin = url.origin === BASE ? '' : url.origin;
  if (origin === 'null') return `a location with the scheme ${url.protocol}`;
  return truncate(`${origin}${url.pathname}`, MAX_QUOTED_LENGTH);
}
