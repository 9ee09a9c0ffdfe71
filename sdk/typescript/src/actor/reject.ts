/**
 * Thrown by an actor to fail a payload with an error code. The envelope goes to error-end.
 *
 *     throw new Reject('bad_input', 'age must be a number', { field: 'age' });
 */
export class Reject extends Error {
  override readonly name = 'Reject';
  /** The text of the error envelope begins with it; it groups failures. */
  readonly code: string;
  /** Any JSON value. The error envelope contains it as `runtime_details`. */
  readonly details: unknown;

  constructor(code: string, message?: string, details?: unknown, options?: ErrorOptions) {
    super(message || code, options);
    if (typeof code !== 'string' || code === '')
      throw new TypeError('the code of Reject must be a string that is not empty');
    this.code = code;
    this.details = details;
  }
}
