import { KIB } from '../../../units.ts';
import { toWellFormedJson, truncate, truncateToBytes } from '../../../unicode.ts';
import { mediaTypeOf, type ResponseHeaders } from '../mediaType.ts';
import { decodeText, toUtf8 } from './bodyText.ts';
import type { ErrorText } from './errorText.ts';
import { readJsonError } from './jsonError.ts';
import { oneLine } from './oneLine.ts';
import { readHtmlError, readPlainError } from './plainError.ts';

/** An error as a framework or a gateway has written it. */
export interface ErrorBody extends ErrorText {
  /** The body as JSON text, cut, if the message is not the whole body. */
  readonly details?: string;
}

/**
 * Reads the body of an error status.
 *
 * - JSON: the message, type and traceback from the keys of common frameworks
 * - HTML: the title and the first paragraphs, or the text of `pre`, without markup
 * - other text: the text in one line, or the exception of a traceback
 *
 * @param maxNesting a deeper JSON text is read as plain text
 */
export function readErrorBody(
  body: Buffer,
  headers: ResponseHeaders,
  maxNesting: number,
): ErrorBody {
  return readJsonBody(body, headers, maxNesting) ?? readTextBody(body, headers);
}

/** The error envelope adds levels around the details. */
const ENVELOPE_LEVELS = 4;

/** The limit of a JSON text in bytes, and of another text in characters. */
const MAX_DETAILS_LENGTH = 8 * KIB;

const MAX_TRACEBACK_BYTES = 31 * KIB;

function readJsonBody(
  body: Buffer,
  headers: ResponseHeaders,
  maxNesting: number,
): ErrorBody | undefined {
  const bytes = toUtf8(body, headers);
  const error = bytes && readJsonError(bytes, Math.max(1, maxNesting - ENVELOPE_LEVELS));
  if (bytes === undefined || error === undefined) return undefined;
  const isWhole = bytes.length <= MAX_DETAILS_LENGTH;
  const json = bytes.toString('utf8', 0, MAX_DETAILS_LENGTH);
  const details = isWhole ? toWellFormedJson(json.trim()) : quote(json, bytes.length);
  return { ...bounded({ ...error, message: error.message ?? json }), details };
}

function readTextBody(body: Buffer, headers: ResponseHeaders): ErrorBody {
  const text = decodeText(body, headers);
  if (text === undefined) return {};
  const error = bounded(isHtml(text, headers) ? readHtmlError(text) : readPlainError(text));
  const isWhole = text.trim() === (error.message ?? '');
  return isWhole ? error : { ...error, details: quote(text, body.length) };
}

function isHtml(text: string, headers: ResponseHeaders): boolean {
  const mediaType = mediaTypeOf(headers);
  return mediaType === 'text/html' || /^\s*<(?:!doctype|html|\?xml|[a-z]+>)/i.test(text);
}

function bounded({ message = '', type, traceback }: ErrorText): ErrorText {
  const line = oneLine(message);
  return {
    ...(line === '' ? {} : { message: line }),
    ...(type === undefined ? {} : { type }),
    ...(traceback === undefined
      ? {}
      : { traceback: truncateToBytes(traceback, MAX_TRACEBACK_BYTES) }),
  };
}

/** The start of a text as a JSON string, with the size of the whole body if it is longer. */
function quote(text: string, sizeBytes: number): string {
  const start = truncate(text, MAX_DETAILS_LENGTH);
  const isWhole = Buffer.byteLength(start) >= sizeBytes;
  return JSON.stringify(isWhole ? start : `${start}… (${sizeBytes} bytes)`);
}
