import { SpanStatusCode, type Span } from '@opentelemetry/api';
import { truncate } from '../../src/unicode.ts';
import { KIB } from '../../src/units.ts';
import { redactPasswords } from '../secrets.ts';

/** As long as an attribute's value may be by default; the SDK does not limit this text. */
const MAX_MESSAGE_LENGTH = KIB;

/** Sets the status ERROR. The message may contain URLs with passwords, which are redacted. */
export function setErrorStatus(span: Span, message: string): void {
  // A truncated URL may lack the end by which its password is found.
  const text = truncate(redactPasswords(message), MAX_MESSAGE_LENGTH);
  span.setStatus({ code: SpanStatusCode.ERROR, message: text });
}
