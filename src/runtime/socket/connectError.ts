import { messageOf } from '../../faults.ts';
import { hostAndPort, type RuntimeAddress, type TcpAddress } from './endpoint.ts';
import { ClosedWhileOpeningError, ConnectTimeoutError } from './opening.ts';
import { systemErrorCode, TlsExpectedError } from './systemError.ts';
import { describeTlsError } from './tlsError.ts';

/** Ends the message about a server that closes a connection without TLS before it has answered. */
export const TLS_QUESTION = 'does it expect TLS (https:// in ASYA_RUNTIME_URL)?';

/** Describes for people why a connect has failed. */
export function describeConnectError(error: unknown, address: RuntimeAddress): string {
  return address.transport === 'unix'
    ? describeUnixError(error, address.path)
    : describeTcpError(error, address);
}

function describeUnixError(error: unknown, path: string): string {
  switch (systemErrorCode(error)) {
    case 'ENOENT':
      return `the socket ${path} does not exist`;
    case 'ECONNREFUSED':
      return `no process listens on the socket ${path}`;
    case 'EAGAIN':
      return `the backlog of the socket ${path} is full`;
    case 'EACCES':
      return `permission denied for the socket ${path}`;
    default:
      return `the socket ${path} cannot be opened: ${messageOf(error)}`;
  }
}

function describeTcpError(error: unknown, address: TcpAddress): string {
  const where = hostAndPort(address);
  if (error instanceof ConnectTimeoutError) {
    return `no connection to ${where} within ${Math.round(error.timeoutMs)} ms`;
  }
  if (error instanceof TlsExpectedError) {
    return `${where} expects TLS; ASYA_RUNTIME_URL should begin with https://`;
  }
  const code = codeOf(error);
  switch (code) {
    case 'ECONNREFUSED':
      return `nothing listens on ${where} (${code})`;
    case 'ENOTFOUND':
      return `the host name ${address.host} does not exist (${code})`;
    case 'EAI_AGAIN':
      return `the host name ${address.host} cannot be resolved: the name server does not answer (${code})`;
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `${where} cannot be reached (${code})`;
    case 'EACCES':
    case 'EPERM':
      return `the connection to ${where} is not permitted (${code})`;
    default:
      return describeOtherError(error, code, address);
  }
}

function describeOtherError(error: unknown, code: string | undefined, address: TcpAddress): string {
  const where = hostAndPort(address);
  const isClosed = code === 'ECONNRESET' || error instanceof ClosedWhileOpeningError;
  if (isClosed && address.tlsName !== undefined) {
    return `${where} closed the connection during the TLS handshake; it may not speak TLS, or refuse the client certificate`;
  }
  return describeTlsError(error, address) ?? `cannot connect to ${where}: ${textOf(error)}`;
}

/** The code that all addresses of a name have in common. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof AggregateError)) return systemErrorCode(error);
  const codes = new Set(error.errors.map(systemErrorCode));
  return codes.size === 1 ? [...codes][0] : undefined;
}

/** The error of a name with several addresses consists of their errors, and has no message. */
function textOf(error: unknown): string {
  if (!(error instanceof AggregateError)) return messageOf(error);
  return [...new Set(error.errors.map(messageOf))].join(', ');
}
