/** The bytes are not an envelope. `message` names the field and the broken rule. */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError';
  readonly code: 'parse_error' | 'invalid_envelope';
  constructor(code: 'parse_error' | 'invalid_envelope', message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function invalidEnvelope(message: string): EnvelopeError {
  return new EnvelopeError('invalid_envelope', message);
}
