import { SpanStatusCode, type Span } from '@opentelemetry/api';
import { parseDate } from '../../src/envelope/headers.ts';
import type { Hop, Settled } from '../../src/hop/hop.ts';
import { withoutPasswords } from './secrets.ts';

/** How long the journey has lasted, by two clocks; undefined when it says not when it began. */
export function journeySeconds({ envelope }: Hop): number | undefined {
  const { startedAt } = envelope.headers;
  const startedMs = startedAt === undefined ? undefined : parseDate(startedAt);
  return startedMs === undefined ? undefined : Math.max(0, Date.now() - startedMs) / 1000;
}

/** A deferral spends no attempt, and what is given back has not been tried. */
export function isFailure({ name, deferral }: Settled): boolean {
  return name !== 'give_back' && deferral !== true;
}

/**
 * Says that what a span stands for has failed. The words may come from anywhere, so no password in
 * a URL goes with them.
 */
export function markFailed(span: Span, message: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message: withoutPasswords(message) });
}
