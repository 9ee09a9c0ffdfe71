/**
 * The bytes that stand for themselves in a JSON string (RFC 8259, section 7): all but control characters, `"` and `\`.
 * Most of a large payload is made of them, so long runs are read four at a time.
 */

/** Where the plain bytes from `from` end. */
export function endOfPlain(bytes: Buffer, from: number): number {
  const long = from + SHORT;
  let at = from;
  while (PLAIN[bytes[at] ?? 0] === 1) {
    if (++at === long) return endOfLongPlain(bytes, at);
  }
  return at;
}

/** Up to this many bytes, a view of words costs more than it saves. */
const SHORT = 256;

/** 1 for every byte that stands for itself; a missing byte counts as 0, which does not. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte === 0x22 || byte === 0x5c ? 0 : 1,
);

/** Takes up within a word whose first bytes are plain, as words lie in the memory below `bytes` every four bytes. */
function endOfLongPlain(bytes: Buffer, from: number): number {
  const { buffer, byteOffset, length } = bytes;
  const start = byteOffset + from;
  const aligned = start - (start % 4);
  const words = new Int32Array(buffer, aligned, (byteOffset + length - aligned) >>> 2);
  // Fewer than eight plain bytes are left.
  return endOfPlain(bytes, aligned - byteOffset + 4 * plainWords(words));
}

/** How many words are plain, up to the pair in which one is not. */
function plainWords(words: Int32Array): number {
  const last = words.length - 1;
  let at = 0;
  while (at < last && ((marksOf(words[at] as number) | marksOf(words[at + 1] as number)) & HIGHEST) === 0)
    at += 2;
  return at;
}

/** The highest bit of each of the four bytes of a word. */
const HIGHEST = 0x80808080;

/**
 * The highest bit of the first byte of a word that is not plain is set here, and none before it. A byte below 0x80 gets it
 * by a borrow: control characters when 0x20 is taken from them, `"` and `\`, which an exclusive or makes zero, when 1 is.
 */
function marksOf(word: number): number {
  const quote = word ^ 0x22222222;
  const backslash = word ^ 0x5c5c5c5c;
  return ((word - 0x20202020) | (quote - 0x01010101) | (backslash - 0x01010101)) & ~word;
}
