import { createHash } from 'node:crypto';
import { KIB } from '../../units.ts';

/** A longer encoded id is replaced by its checksum. */
const MAX_ID_BYTES = KIB;

/**
 * Percent-encodes an id, which may contain any character. A long id is replaced by its checksum,
 * before it is encoded if possible.
 */
export function encodeId(id: string): string {
  const text = id.toWellFormed();
  const encoded = text.length > MAX_ID_BYTES ? undefined : encodeURIComponent(text);
  if (encoded !== undefined && encoded.length <= MAX_ID_BYTES) return encoded;
  return `sha256-${createHash('sha256').update(text).digest('hex')}`;
}
