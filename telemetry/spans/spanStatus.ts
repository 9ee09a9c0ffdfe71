import { SpanStatusCode, type Span } from '@opentelemetry/api';
import { redactPasswords } from '../secrets.ts';

/**
 * Says that what a span stands for has failed. The words may come from anywhere, so no password in
 * a URL goes with them.
 */
export function markFailed(span: Span, message: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message: redactPasswords(message) });
}
