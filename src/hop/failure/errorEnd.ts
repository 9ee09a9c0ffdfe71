import { encodeEnvelope } from '../../envelope/edit.ts';
import { readEnvelope, type Envelope } from '../../envelope/envelope.ts';
import { errorPayload } from './errorEnvelope.ts';
import { isUnreadable, type Failure } from '../../faults.ts';
import { readFailure } from './errorHeaders.ts';
import type { Hop } from '../hop.ts';
import { readHop, wrapBytes, type ReadHopOptions } from '../readHop.ts';
import { foreignHeaders } from '../../transport/message.ts';
import { journeyHeaders } from '../journeyHeaders.ts';
import type { Delivery } from '../../transport/transport.ts';

/**
 * Reads a delivery of error-end's queue. A message that arrives without an error envelope, with the
 * error in its message headers or dead-lettered by the broker, is wrapped in one, so that the
 * runtime receives one format. Never throws.
 */
export function readHopAtErrorEnd(delivery: Delivery, options: ReadHopOptions): Hop {
  const hop = readHop(delivery, options);
  const failure = readFailure(delivery, options.actor);
  if (failure === undefined) return hop;
  return { ...hop, envelope: wrapOriginal(hop, failure), refused: undefined, failure };
}

function wrapOriginal(
  { delivery, envelope: read, refused, receivedAtMs }: Hop,
  failure: Failure,
): Envelope {
  const isBytes = refused !== undefined || isUnreadable(failure.fault);
  const { body, headers, properties } = delivery;
  const envelope = isBytes ? wrapBytes(body, failure.actor) : read;
  const payload = errorPayload(envelope, failure, {
    message: isBytes ? { body, headers: foreignHeaders(headers), properties } : undefined,
    maxMessageBytes: Number.POSITIVE_INFINITY,
  });
  const bytes = encodeEnvelope(envelope, {
    payload,
    headers: journeyHeaders(envelope, receivedAtMs),
  });
  // `readHop` has checked the nesting.
  return readEnvelope(bytes, { maxNesting: Number.POSITIVE_INFINITY, isEnd: true });
}
