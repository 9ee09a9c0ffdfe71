import { messageOf } from '../../../faults.ts';

/** Describes why an HTTP request to a sidecar has failed, in one line. */
export function describeConnectionError(error: unknown): string {
  // The error of a name with several addresses consists of their errors, and has no message.
  const cause: unknown = error instanceof AggregateError ? error.errors.at(-1) : error;
  // Node's messages for a response that is cut off are "aborted" and "socket hang up".
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ECONNRESET') return 'connection lost';
  // The codes of Node's HTTP parser.
  return code.startsWith('HPE_') ? NOT_HTTP : messageOf(cause);
}

const NOT_HTTP = 'the port does not speak HTTP; use the address of ASYA_METRICS_ADDR';
