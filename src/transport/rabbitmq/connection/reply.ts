import { messageOf } from '../../../faults.ts';

/**
 * The reply code with which the broker closed a channel; undefined where the connection ended
 * instead. The codes are those of AMQP 0-9-1: 403 refused, 404 not found, 405 locked, 406
 * precondition failed.
 */
export function codeOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number'
    ? error.code
    : undefined;
}

/** The broker's own reply text, without what amqplib adds to it; the message of any other error. */
export function replyTextOf(error: unknown): string {
  const message = messageOf(error);
  return / with message "(.*)"$/s.exec(message)?.[1] ?? message;
}

/**
 * The reason of a failure in one line: the broker's reply text, or the error's message. Node
 * reports a host name with several addresses as one error without a message that contains one error
 * for each address.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof AggregateError)) return replyTextOf(error);
  return [...new Set(error.errors.map(reasonOf))].join(', ');
}
