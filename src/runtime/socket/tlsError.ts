import { hostAndPort, type TcpAddress } from './endpoint.ts';
import { systemErrorCode, tlsAlertOf } from './systemError.ts';

/** Codes of OpenSSL: the chain of the certificate does not end at a trusted CA. */
const UNTRUSTED: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'INVALID_CA',
]);

/** Codes of OpenSSL: the first bytes of the server are not those of TLS. */
const NOT_TLS: ReadonlySet<string> = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_UNEXPECTED_MESSAGE',
]);

/** Describes for people an error of a TLS connection; undefined for other errors. */
export function describeTlsError(error: unknown, address: TcpAddress): string | undefined {
  const where = hostAndPort(address);
  const code = systemErrorCode(error) ?? '';
  const alert = tlsAlertOf(error);
  if (alert !== undefined) return describeAlert(alert, where);
  if (NOT_TLS.has(code)) {
    return `${where} does not speak TLS (${code}); ASYA_RUNTIME_URL should begin with http://`;
  }
  if (UNTRUSTED.has(code)) {
    return `the certificate of ${where} is not trusted (${code}); ASYA_RUNTIME_CA_FILE sets the trusted CA`;
  }
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return `the certificate of ${where} has expired (${code})`;
    case 'CERT_NOT_YET_VALID':
      return `the certificate of ${where} is not valid yet (${code}); is the clock right?`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `the certificate of ${where} is not for ${address.tlsName ?? where} but for ${namesIn(error)}; ASYA_RUNTIME_SERVER_NAME sets the expected name`;
    default:
      return undefined;
  }
}

function describeAlert(alert: string, where: string): string {
  const isAboutCertificate = /certificate|unknown ca|access denied|handshake failure|decrypt/.test(
    alert,
  );
  const hint = isAboutCertificate
    ? '; ASYA_RUNTIME_CERT_FILE and ASYA_RUNTIME_KEY_FILE set the client certificate'
    : '';
  return `${where} refused the TLS connection (alert: ${alert})${hint}`;
}

/** The names of the certificate, which Node puts into the error. */
function namesIn(error: unknown): string {
  const certificate: unknown = error instanceof Error && 'cert' in error ? error.cert : undefined;
  const names =
    typeof certificate === 'object' && certificate !== null && 'subjectaltname' in certificate
      ? certificate.subjectaltname
      : undefined;
  return typeof names === 'string' ? names : 'another name';
}
