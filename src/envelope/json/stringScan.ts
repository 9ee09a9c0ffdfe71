/**
 * The bytes that stand for themselves in a JSON string (RFC 8259, section 7): all but control
 * characters, `"` and `\`. Most of a large payload is made of them, so long runs are read four at a
 * time, and in huge ones `"` and `\` are looked for beforehand, which leaves the control
 * characters.
 */

/** Where the plain bytes from `from` end. */
export function endOfUnescapedRun(bytes: Buffer, from: number): number {
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

function endOfLongPlain(bytes: Buffer, from: number): number {
  const until = Math.min(from + LONG, bytes.length);
  const at = skipWords(bytes, from, until, plainWords);
  return until - at < PAIR_BYTES ? endOfHugePlain(bytes, at) : endOfUnescapedRun(bytes, at);
}

/**
 * From this many bytes on, the processor's widest instructions, which Node looks for a byte with,
 * are worth a call.
 */
const LONG = 16_384;

function endOfHugePlain(bytes: Buffer, from: number): number {
  let at = from;
  // Twice as far each time: what is looked through in vain is no more than what was worth it.
  for (let size = LONG; bytes.length - at >= BLOCK_BYTES; size *= 2) {
    const window = bytes.subarray(at, at + size);
    const end = at + endOfUnmarked(window);
    const isMarked = end < at + window.length;
    at = skipWords(bytes, at, end, wordsWithoutControls);
    if (isMarked || end - at >= BLOCK_BYTES) break;
  }
  return endOfUnescapedRun(bytes, at);
}

/** Where the first `"` or `\` is. */
function endOfUnmarked(bytes: Buffer): number {
  const quote = bytes.indexOf(0x22);
  const unquoted = quote < 0 ? bytes : bytes.subarray(0, quote);
  const backslash = unquoted.indexOf(0x5c);
  return backslash < 0 ? unquoted.length : backslash;
}

/**
 * Takes up within a word whose first bytes are plain, as words lie in the memory below `bytes`
 * every four bytes.
 */
function skipWords(
  bytes: Buffer,
  from: number,
  until: number,
  count: (words: Int32Array) => number,
): number {
  const { buffer, byteOffset } = bytes;
  const start = byteOffset + from;
  const aligned = start - (start % 4);
  const words = new Int32Array(buffer, aligned, (byteOffset + until - aligned) >>> 2);
  return aligned - byteOffset + 4 * count(words);
}

/** How many words are plain, up to the pair in which one is not. */
function plainWords(words: Int32Array): number {
  const last = words.length - 1;
  let at = 0;
  while (
    at < last &&
    ((marksOf(words[at] as number) | marksOf(words[at + 1] as number)) & HIGHEST) === 0
  )
    at += 2;
  return at;
}

const PAIR_BYTES = 8;

/** How many words have no control character, up to the block of eight in which one has. */
function wordsWithoutControls(words: Int32Array): number {
  const last = words.length - 7;
  let at = 0;
  while (at < last) {
    const found =
      controlsOf(words[at] as number) |
      controlsOf(words[at + 1] as number) |
      controlsOf(words[at + 2] as number) |
      controlsOf(words[at + 3] as number) |
      controlsOf(words[at + 4] as number) |
      controlsOf(words[at + 5] as number) |
      controlsOf(words[at + 6] as number) |
      controlsOf(words[at + 7] as number);
    if ((found & HIGHEST) !== 0) break;
    at += 8;
  }
  return at;
}

const BLOCK_BYTES = 32;

/** The highest bit of each of the four bytes of a word. */
const HIGHEST = 0x80808080;

/**
 * The highest bit of the first byte of a word that is not plain is set here, and none before it. A
 * byte below 0x80 gets it by a borrow: control characters when 0x20 is taken from them, `"` and
 * `\`, which an exclusive or makes zero, when 1 is.
 */
function marksOf(word: number): number {
  const quote = word ^ 0x22222222;
  const backslash = word ^ 0x5c5c5c5c;
  return ((word - 0x20202020) | (quote - 0x01010101) | (backslash - 0x01010101)) & ~word;
}

/** The same of control characters only. */
function controlsOf(word: number): number {
  return (word - 0x20202020) & ~word;
}
