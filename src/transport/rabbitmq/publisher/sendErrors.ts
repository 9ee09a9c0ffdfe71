import { SendError } from '../../transport.ts';
import { reasonOf } from '../connection/reply.ts';
import type { Address } from '../topology/plan.ts';

/** The only reply code for a publish that concerns its address and not the message. */
export const ACCESS_REFUSED = 403;

/** The broker closed a channel, or its connection, because of a message published on it. */
export class PublishRefusal extends Error {
  override readonly name = 'PublishRefusal';
  /** The broker's reply code. */
  readonly code: number;
  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** `queue "asya-infer:parked"`, or `"infer" at exchange "asya"`. */
export function addressLabel({ exchange, routingKey }: Address): string {
  return exchange === '' ? `queue "${routingKey}"` : `"${routingKey}" at exchange "${exchange}"`;
}

export function refusedError(to: Address, cause: unknown): SendError {
  const accessRefused = cause instanceof PublishRefusal && cause.code === ACCESS_REFUSED;
  const message = `${addressLabel(to)}: ${reasonOf(cause)}`;
  return new SendError('refused', message, { cause, accessRefused });
}

export function unroutableError(to: Address, replyText: string): SendError {
  return new SendError('unroutable', `${addressLabel(to)}: ${replyText}`);
}

/** Clears `notWritten`, since an unconfirmed copy of the message may be stored. */
export function asPossiblyWritten(error: unknown): unknown {
  if (!(error instanceof SendError) || !error.notWritten || error.code === 'refused') return error;
  return new SendError(error.code, error.message, { cause: error });
}
