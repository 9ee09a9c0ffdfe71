/**
 * Functions that return well-formed Unicode. PostgreSQL's jsonb and strict JSON parsers reject a
 * lone surrogate, which is half a character.
 */

/** Truncates a text between characters to at most `maxLength` UTF-16 code units. */
export function truncate(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text.toWellFormed();
  const isSplit = isHighSurrogate(text.charCodeAt(maxLength - 1));
  return text.slice(0, isSplit ? maxLength - 1 : maxLength).toWellFormed();
}

/** Truncates like `truncate`; returns a copy if the text is longer. See `copyOf`. */
export function truncatedCopy(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : copyOf(truncate(text, maxLength));
}

/** Copies a part of a longer text: a slice of a string keeps the whole text in memory. */
export function copyOf(text: string): string {
  return Buffer.from(text).toString();
}

/**
 * Truncates a text whose JSON string, without the quotes, has more than `maxBytes` bytes. Then the
 * result ends with the size of the original text.
 */
export function truncateToBytes(text: string, maxBytes: number): string {
  // Each code unit has at least one byte.
  let start = truncate(text, maxBytes);
  if (start.length === text.length && jsonBytesOf(start) <= maxBytes) return start;
  // Escapes may be distributed unevenly, so that one proportional cut may not suffice.
  for (let bytes = jsonBytesOf(start); bytes > maxBytes; bytes = jsonBytesOf(start)) {
    start = truncate(start, Math.floor((start.length * maxBytes) / bytes));
  }
  return `${start}… (${Buffer.byteLength(text)} bytes)`;
}

/** A JSON escape sequence: a surrogate pair, a lone surrogate (captured), or any other. */
const ESCAPE =
  /\\(?:u[dD][89abAB][\dA-Fa-f]{2}\\u[dD][c-fC-F][\dA-Fa-f]{2}|(u[dD][89a-fA-F][\dA-Fa-f]{2})|[^])/g;

/** Replaces each escaped lone surrogate of a JSON text by the replacement character U+FFFD. */
export function toWellFormedJson(json: string): string {
  return json.replaceAll(ESCAPE, (escape, lone: string | undefined) =>
    lone === undefined ? escape : String.raw`\ufffd`,
  );
}

/** The size of a text as a JSON string, without the quotes. */
function jsonBytesOf(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd8_00 && unit <= 0xdb_ff;
}
