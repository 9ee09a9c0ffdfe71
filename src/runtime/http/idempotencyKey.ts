import { hash } from 'node:crypto';
import { payloadOf, type Envelope } from '../../envelope/envelope.ts';

/**
 * Identifies the work that a call asks for:
 * `<envelope id>.<hops>.<16 hex digits of SHA-256 of the payload>`. It is the same for all
 * deliveries and attempts of a hop, so that a crash after a payment does not pay again.
 */
export function idempotencyKeyOf(envelope: Envelope): string {
  const digest = hash('sha256', payloadOf(envelope), 'hex').slice(0, 16);
  return `${envelope.id}.${envelope.headers.hops}.${digest}`;
}
