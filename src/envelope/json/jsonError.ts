/** The bytes are not JSON, not UTF-8, or nested too deeply. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
  readonly reason: 'syntax' | 'nesting';
  constructor(reason: 'syntax' | 'nesting', message: string) {
    super(message);
    this.reason = reason;
  }
}

export function unexpected(bytes: Buffer, at: number, expected: string): JsonError {
  const byte = bytes[at];
  const found = byte === undefined ? 'the text ends' : `found ${describe(byte)}`;
  return new JsonError('syntax', `expected ${expected} at byte ${at}, ${found}`);
}

export function tooDeep(maxNesting: number): JsonError {
  return new JsonError('nesting', `nested deeper than ${maxNesting} levels`);
}

function describe(byte: number): string {
  return byte > 0x20 && byte < 0x7f
    ? `"${String.fromCharCode(byte)}"`
    : `0x${byte.toString(16).padStart(2, '0')}`;
}
