import { messageOf } from '../../../faults.ts';

/**
 * Returns the AMQP 0-9-1 reply code with which the broker closed a channel or connection: 403
 * access refused, 404 not found, 405 resource locked, 406 precondition failed. Returns undefined
 * for an error without a reply code, such as a lost connection.
 */
export function replyCodeOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number'
    ? error.code
    : undefined;
}

/** Returns the broker's reply text without amqplib's prefix, or the message of any other error. */
export function replyTextOf(error: unknown): string {
  const message = messageOf(error);
  return / with message "(.*)"$/s.exec(message)?.[1] ?? message;
}

/**
 * Returns the reason of a failure in one line: the broker's reply text, or the error's message.
 * When a host name has several addresses, Node reports one `AggregateError` with an empty message;
 * its members hold one error for each address.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof AggregateError)) return replyTextOf(error);
  return [...new Set(error.errors.map(reasonOf))].join(', ');
}
