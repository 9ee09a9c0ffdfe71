import { parseDate } from '../src/envelope/headers.ts';
import type { Hop } from '../src/hop/hop.ts';
import { TRANSPORT_HEADER, type Headers } from '../src/transport/message.ts';

/**
 * The time since the journey began, in seconds; undefined if the envelope has no start time. The
 * clocks of two hosts take part, so a negative difference counts as 0.
 */
export function journeySeconds({ envelope }: Hop): number | undefined {
  const { startedAt } = envelope.headers;
  const startedMs = startedAt === undefined ? undefined : parseDate(startedAt);
  return startedMs === undefined ? undefined : Math.max(0, Date.now() - startedMs) / 1000;
}

/**
 * The time since a message was due, in milliseconds: since its publish, less the delay of its retry
 * queue. Undefined if the headers have no publish time. A negative difference of two hosts' clocks
 * counts as 0.
 */
export function queueWaitMs(headers: Headers, nowMs: number): number | undefined {
  const publishedAt = headers[TRANSPORT_HEADER.publishedAt];
  const delayMs = headers[TRANSPORT_HEADER.delayMs];
  if (typeof publishedAt !== 'number') return undefined;
  return Math.max(0, nowMs - publishedAt - (typeof delayMs === 'number' ? delayMs : 0));
}
