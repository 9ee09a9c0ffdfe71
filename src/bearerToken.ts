import { createHash, timingSafeEqual } from 'node:crypto';

/** Returns the token of an `Authorization` header; undefined if it has another scheme. */
export function bearerTokenOf(authorization = ''): string | undefined {
  return /^bearer +(.+)$/i.exec(authorization)?.[1];
}

/**
 * Compares a token of a header with the expected one, in constant time.
 * @param given as Node decodes headers: as Latin-1
 */
export function isSameToken(given: string, expected: string): boolean {
  return timingSafeEqual(digest(Buffer.from(given, 'latin1')), digest(Buffer.from(expected)));
}

/** Hashes a value, because a comparison in constant time needs values of equal length. */
function digest(value: Buffer): Buffer {
  return createHash('sha256').update(value).digest();
}
