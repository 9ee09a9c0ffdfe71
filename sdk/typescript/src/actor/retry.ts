export interface RetryOptions {
  /**
   * Seconds before the same payload is delivered again. The sidecar then counts no attempt.
   *
   * @default undefined: another attempt after the sidecar's backoff, up to ASYA_RETRY_MAX_ATTEMPTS
   */
  readonly after?: number;
  readonly message?: string;
  readonly cause?: unknown;
}

/**
 * Thrown by an actor to receive the same payload again.
 *
 *     throw new Retry({ after: 5 }); // in 5 seconds; counts no attempt
 *     throw new Retry();             // another attempt after the sidecar's backoff
 *
 * @throws {RangeError} if `after` is not a number of seconds, 0 or more
 */
export class Retry extends Error {
  override readonly name = 'Retry';
  /** In seconds. */
  readonly after: number | undefined;

  constructor({ after, message, cause }: RetryOptions = {}) {
    super(
      message ?? 'the actor asks for another attempt',
      cause === undefined ? undefined : { cause },
    );
    if (after !== undefined && !(Number.isFinite(after) && after >= 0))
      throw new RangeError(`after must be a number of seconds of at least 0, not ${after}`);
    this.after = after;
  }
}
