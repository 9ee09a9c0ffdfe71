import { isUtf8 } from 'node:buffer';
import { KIB } from '../../../units.ts';
import type { ResponseHeaders } from '../mediaType.ts';

/** No more of a body is read as text. */
const MAX_TEXT_BYTES = 64 * KIB;

/** A JSON text in another encoding is not read if it is longer. */
const MAX_CONVERTED_BYTES = 1024 * KIB;

const CHARSET = /;\s*charset\s*=\s*"?([^\s;"]+)/i;

/**
 * Decodes the start of a body by the charset of its content-type; by default it is UTF-8. Bytes
 * that are not valid become U+FFFD. Returns undefined if the body is not text.
 */
export function decodeText(body: Buffer, headers: ResponseHeaders): string | undefined {
  const decoder = decoderOf(headers);
  const start = body.subarray(0, MAX_TEXT_BYTES);
  if (decoder === undefined && start.includes(0)) return undefined;
  // A character that is cut at the end is omitted.
  return (decoder ?? new TextDecoder()).decode(start, { stream: start.length < body.length });
}

/** Returns the body in UTF-8, without a byte order mark; undefined if it cannot be converted. */
export function toUtf8(body: Buffer, headers: ResponseHeaders): Buffer | undefined {
  const decoder = decoderOf(headers);
  if (decoder === undefined) {
    if (!isUtf8(body)) return undefined;
    return body.subarray(0, 3).equals(BYTE_ORDER_MARK) ? body.subarray(3) : body;
  }
  return body.length > MAX_CONVERTED_BYTES ? undefined : Buffer.from(decoder.decode(body));
}

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** The decoder of a declared charset other than UTF-8. An unknown charset counts as UTF-8. */
function decoderOf(headers: ResponseHeaders): TextDecoder | undefined {
  const [, charset] = CHARSET.exec(headers.get('content-type') ?? '') ?? [];
  if (charset === undefined) return undefined;
  try {
    const decoder = new TextDecoder(charset);
    return decoder.encoding === 'utf-8' ? undefined : decoder;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
