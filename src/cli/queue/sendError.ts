import type { SendError } from '../../transport/transport.ts';

/**
 * Describes why a message was not sent, and whether the broker may have stored it.
 * @param reason the reason that the command ended, if it explains the error
 */
export function describeSendError(
  { code, message, notWritten }: SendError,
  to: string,
  reason = message,
): string {
  switch (code) {
    case 'unroutable':
      return `not stored: no queue for actor "${to}"`;
    case 'refused':
      return `not stored: refused by the broker: ${message}`;
    case 'unconfirmed':
    case 'lost':
      return notWritten
        ? `not stored: ${reason}`
        : `unknown whether stored: no confirm from the broker: ${reason}`;
  }
}
