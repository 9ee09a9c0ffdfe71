import { type Headers, type HeaderValue, TRANSPORT_HEADER } from '../transport/message.ts';
import type { Transport } from '../transport/transport.ts';
import type { Publish } from './encodeDispatch.ts';

/**
 * Makes one publish and resolves when the broker has confirmed it.
 * @throws {SendError}
 */
export type Deliver = (publish: Publish) => Promise<void>;

/** The innermost `Deliver`: adds the time of the publish and the delay to the message headers. */
export function createDeliver(transport: Transport): Deliver {
  return ({ to, message, delayMs }) => {
    const headers = withPublishTime(message.headers, delayMs);
    return transport.send(to, { ...message, headers }, delayMs > 0 ? { delayMs } : undefined);
  };
}

function withPublishTime(given: Headers, delayMs: number): Headers {
  const headers: Record<string, HeaderValue> = { ...given };
  headers[TRANSPORT_HEADER.publishedAt] = Date.now();
  if (delayMs > 0) headers[TRANSPORT_HEADER.delayMs] = delayMs;
  return headers;
}
