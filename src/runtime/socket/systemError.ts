/** The system's code of an error, for example `ECONNRESET`, or the code of OpenSSL. */
export function systemErrorCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/**
 * Whether the error of a lost connection to a Unix socket shows that the peer closed it before it
 * had read all bytes that were sent: the peer closed before the write (EPIPE) or with unread bytes
 * (ECONNRESET, on Linux). Over TCP neither proves it, because the peer may have read and crashed.
 */
export function wasClosedUnread(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === 'EPIPE' || code === 'ECONNRESET';
}

/** The alert with which the peer ended a TLS connection, such as `certificate required`. */
export function tlsAlertOf(error: unknown): string | undefined {
  const [, alert] = /^ERR_SSL_(?:.*_ALERT|TLSV1)_(.+)$/.exec(systemErrorCode(error) ?? '') ?? [];
  return alert?.toLowerCase().replaceAll('_', ' ');
}

/** The runtime answered a request without TLS with a TLS alert. */
export class TlsExpectedError extends Error {
  override readonly name = 'TlsExpectedError';
}

/** Whether the bytes begin with the record of a TLS alert (RFC 8446, section 5.1). */
export function isTlsAlert(bytes: Buffer): boolean {
  return bytes[0] === 0x15 && bytes[1] === 0x03;
}
