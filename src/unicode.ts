/**
 * Texts that are cut, or that come from a runtime, are well-formed Unicode: PostgreSQL's jsonb and
 * strict parsers refuse JSON with a lone surrogate, which is half a character.
 */

/** The start of a text, at most `maxLength` UTF-16 code units, cut between characters. */
export function truncate(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text.toWellFormed();
  const isSplit = isHighSurrogate(text.charCodeAt(maxLength - 1));
  return text.slice(0, isSplit ? maxLength - 1 : maxLength).toWellFormed();
}

/** The text, or its start and its size in bytes where it takes more than `maxBytes` as JSON. */
export function truncateToBytes(text: string, maxBytes: number): string {
  // A code unit takes at least one byte.
  let start = truncate(text, maxBytes);
  if (start.length === text.length && jsonBytesOf(start) <= maxBytes) return start;
  // Escapes and long characters are spread unevenly, so that one proportional cut may not suffice.
  for (let bytes = jsonBytesOf(start); bytes > maxBytes; bytes = jsonBytesOf(start)) {
    start = truncate(start, Math.floor((start.length * maxBytes) / bytes));
  }
  return `${start}… (${Buffer.byteLength(text)} bytes)`;
}

/** An escape sequence of JSON; first a surrogate pair, then a surrogate without its other half. */
const ESCAPE =
  /\\(?:u[dD][89abAB][\dA-Fa-f]{2}\\u[dD][c-fC-F][\dA-Fa-f]{2}|(u[dD][89a-fA-F][\dA-Fa-f]{2})|[^])/g;

/** JSON text with each escaped lone surrogate replaced by the replacement character, U+FFFD. */
export function toWellFormedJson(json: string): string {
  return json.replaceAll(ESCAPE, (escape, lone: string | undefined) =>
    lone === undefined ? escape : String.raw`\ufffd`,
  );
}

/** Without the quotes. */
function jsonBytesOf(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd8_00 && unit <= 0xdb_ff;
}
