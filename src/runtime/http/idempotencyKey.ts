import { hash } from 'node:crypto';
import { payloadOf, type Envelope } from '../../envelope/envelope.ts';

/**
 * Returns the idempotency key of a hop:
 * `<envelope id>.<hops>.<16 hex digits of SHA-256 of the payload>`. It is the same for all
 * deliveries and attempts of the hop, so that a retry after a crash does not repeat a payment.
 */
export function idempotencyKeyOf(envelope: Envelope): string {
  const digest = hash('sha256', payloadOf(envelope), 'hex').slice(0, 16);
  return `${envelope.id}.${envelope.headers.hops}.${digest}`;
}
