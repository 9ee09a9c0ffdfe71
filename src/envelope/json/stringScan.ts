/**
 * The scan for the end of an unescaped run: bytes of a JSON string other than control characters,
 * `"` and `\` (RFC 8259, section 7).
 *
 * The plain version is the loop in `endOfUnescapedRun` without its limit. For long runs, this file
 * instead finds `"` and `\` with `Buffer.indexOf`, which compares many bytes at once, and control
 * characters in words of four bytes. Reading an envelope of 100 kB takes 0.36 of the time
 * (`node bench/json.ts --against`, see bench/README.md).
 */

/** Returns the end of the unescaped run that starts at `from`. */
export function endOfUnescapedRun(bytes: Buffer, from: number): number {
  const long = from + SHORT_RUN_BYTES;
  let at = from;
  while (UNESCAPED[bytes[at] ?? 0] === 1) {
    if (++at === long) return endOfLongRun(bytes, at);
  }
  return at;
}

/** Up to this length, the calls for long runs cost more than they save. */
const SHORT_RUN_BYTES = 256;

/** 1 for each byte that needs no escape. A byte beyond the text counts as 0, which needs one. */
const UNESCAPED = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte === 0x22 || byte === 0x5c ? 0 : 1,
);

/**
 * Scans in windows. Each window is twice as large as the one before, so that a run that ends early
 * does not cost a search through the whole text.
 */
function endOfLongRun(bytes: Buffer, from: number): number {
  let at = from;
  for (let size = FIRST_WINDOW_BYTES; bytes.length - at >= BLOCK_BYTES; size *= 2) {
    const window = bytes.subarray(at, at + size);
    const end = at + indexOfDelimiter(window);
    const hasDelimiter = end < at + window.length;
    at = skipBlocks(bytes, at, end);
    if (hasDelimiter || end - at >= BLOCK_BYTES) break;
  }
  return endOfUnescapedRun(bytes, at);
}

const FIRST_WINDOW_BYTES = 1_024;

/** Returns the index of the first `"` or `\`, or the length. */
function indexOfDelimiter(bytes: Buffer): number {
  const quote = bytes.indexOf(0x22);
  const unquoted = quote < 0 ? bytes : bytes.subarray(0, quote);
  const backslash = unquoted.indexOf(0x5c);
  return backslash < 0 ? unquoted.length : backslash;
}

/**
 * Skips blocks without control characters, starting at the word that contains `from`. Words are
 * aligned in the memory below `bytes`, so the first one may begin up to three bytes earlier.
 */
function skipBlocks(bytes: Buffer, from: number, until: number): number {
  const { buffer, byteOffset } = bytes;
  const start = byteOffset + from;
  const aligned = start - (start % WORD_BYTES);
  const words = new Int32Array(buffer, aligned, (byteOffset + until - aligned) >>> 2);
  return aligned - byteOffset + WORD_BYTES * countWordsWithoutControls(words);
}

const WORD_BYTES = 4;

/** Counts the words before the first block of eight that contains a control character. */
function countWordsWithoutControls(words: Int32Array): number {
  const last = words.length - 7;
  let at = 0;
  while (at < last) {
    const found =
      controlsIn(words[at] as number) |
      controlsIn(words[at + 1] as number) |
      controlsIn(words[at + 2] as number) |
      controlsIn(words[at + 3] as number) |
      controlsIn(words[at + 4] as number) |
      controlsIn(words[at + 5] as number) |
      controlsIn(words[at + 6] as number) |
      controlsIn(words[at + 7] as number);
    if ((found & HIGHEST_BITS) !== 0) break;
    at += 8;
  }
  return at;
}

const BLOCK_BYTES = 8 * WORD_BYTES;

/** The highest bit of each byte of a word. */
const HIGHEST_BITS = 0x80808080;

/**
 * Sets the highest bit of a word's first control character and of no byte before it: subtracting
 * 0x20 borrows from a control character, and bytes from 0x80 on are masked.
 */
function controlsIn(word: number): number {
  return (word - 0x20202020) & ~word;
}
