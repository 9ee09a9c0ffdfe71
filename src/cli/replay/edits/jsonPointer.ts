/** A JSON Pointer (RFC 6901) as its reference tokens, without escapes. */
export type JsonPointer = readonly string[];

/** The text is not a JSON Pointer. `message` names the rule. */
export class PointerError extends Error {
  override readonly name = 'PointerError';
}

/** @throws {PointerError} */
export function parsePointer(text: string): JsonPointer {
  if (text === '') return [];
  if (!text.startsWith('/')) throw new PointerError('a JSON Pointer begins with "/"');
  return text.slice(1).split('/').map(unescapeToken);
}

function unescapeToken(token: string): string {
  if (/~(?![01])/.test(token)) throw new PointerError('"~" must be written as "~0", "/" as "~1"');
  return token.replaceAll('~1', '/').replaceAll('~0', '~');
}

export function formatPointer(pointer: JsonPointer): string {
  return pointer.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
