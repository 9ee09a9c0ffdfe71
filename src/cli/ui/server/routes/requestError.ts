import type { Problem } from '../contract.ts';

/**
 * - 400: a field or the body is invalid.
 * - 403: the request is not allowed.
 * - 404: the thing that the path names does not exist.
 * - 409: it is in a state that does not allow the request.
 * - 410: it existed, and is gone.
 * - 503: a source is not available, such as the broker.
 */
export type RequestErrorStatus = 400 | 401 | 403 | 404 | 405 | 409 | 410 | 413 | 415 | 500 | 503;

/** A request cannot be answered. `message` is one line that names the field and the rule. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly status: RequestErrorStatus;
  readonly field: string | undefined;
  constructor(status: RequestErrorStatus, message: string, options?: RequestErrorOptions) {
    super(message, options);
    this.status = status;
    this.field = options?.field;
  }
}

interface RequestErrorOptions extends ErrorOptions {
  /** The field of the request that is invalid. */
  readonly field?: string;
}

/** The body of an answer. */
export function toProblem({ message, field }: RequestError): Problem {
  return field === undefined ? { error: message } : { error: message, field };
}
