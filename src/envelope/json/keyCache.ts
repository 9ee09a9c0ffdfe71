/**
 * Keys of JSON objects are the same few over and over. Those that came last are kept with their
 * bytes, so that they are not decoded again, nor looked for among all strings of the process, as V8
 * does with each new key of a `Map`.
 */
const SLOTS = 256;
const MAX_BYTES = 32;
const kept: (Kept | undefined)[] = Array.from({ length: SLOTS });

interface Kept {
  readonly bytes: Buffer;
  readonly key: string;
}

/**
 * The key whose bytes, without quotes, stand from `start` up to `end`; `decode` makes it when it is
 * not kept.
 */
export function keyAt(bytes: Buffer, start: number, end: number, decode: () => string): string {
  const length = end - start;
  if (length === 0 || length > MAX_BYTES) return decode();
  const slot = (length * 61 + (bytes[start] ?? 0) * 17 + (bytes[end - 1] ?? 0)) % SLOTS;
  const known = kept[slot];
  if (known !== undefined && isAt(known.bytes, bytes, start, length)) return known.key;
  const key = decode();
  kept[slot] = { bytes: Buffer.from(bytes.subarray(start, end)), key };
  return key;
}

function isAt(known: Buffer, bytes: Buffer, start: number, length: number): boolean {
  if (known.length !== length) return false;
  for (let i = 0; i < length; i++) if (known[i] !== bytes[start + i]) return false;
  return true;
}
