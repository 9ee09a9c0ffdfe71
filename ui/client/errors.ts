import type { Problem } from '../../src/cli/ui/server/contract.ts';

/** The server has refused a request. The message is one line that names the field and the rule. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  /** The field of the request, if one is invalid. */
  readonly field: string | undefined;

  constructor(status: number, { error, field }: Problem) {
    super(error);
    this.status = status;
    this.field = field;
  }
}

/** The server does not answer, or has closed the connection. */
export class ServerLost extends Error {
  override readonly name = 'ServerLost';

  constructor(origin: string, options?: ErrorOptions) {
    super(`the server at ${origin} does not answer`, options);
  }
}

/** The message of an error of a request; other errors are defects of the page. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
