import { SpanStatusCode, type Span } from '@opentelemetry/api';
import { redactPasswords } from '../secrets.ts';

/** Sets the status ERROR. The message may contain URLs with passwords, which are redacted. */
export function setErrorStatus(span: Span, message: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message: redactPasswords(message) });
}
