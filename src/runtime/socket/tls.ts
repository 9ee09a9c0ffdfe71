import { isIP } from 'node:net';
import { checkServerIdentity, connect, type TLSSocket } from 'node:tls';
import type { TcpAddress, TlsFiles } from './endpoint.ts';
import { ClosedWhileOpeningError, untilOpen } from './opening.ts';
import { toRuntimeSocket, type RuntimeSocket } from './runtimeSocket.ts';
import { connectTcp } from './tcp.ts';

type TlsAddress = TcpAddress & { readonly tlsName: string };

/** Connects to a host and opens a TLS session. */
export async function connectTls(
  address: TlsAddress,
  files: TlsFiles,
  timeoutMs: number,
): Promise<RuntimeSocket> {
  const startedAtMs = performance.now();
  const plain = await connectTcp(address, timeoutMs);
  try {
    const secure = startTls(plain, address, files);
    const leftMs = startedAtMs + timeoutMs - performance.now();
    await untilOpen(secure, 'secureConnect', { leftMs, timeoutMs });
    const socket = toRuntimeSocket(secure, 'tcp');
    await untilConfirmed(secure);
    return socket;
  } catch (error) {
    plain.destroy();
    throw error;
  }
}

function startTls(socket: RuntimeSocket, { tlsName }: TlsAddress, files: TlsFiles): TLSSocket {
  return connect({
    socket,
    ...files,
    // RFC 6066 allows no IP address as the name that the client sends.
    servername: isIP(tlsName) === 0 ? tlsName : '',
    checkServerIdentity: (_, certificate) => checkServerIdentity(tlsName, certificate),
    ALPNProtocols: ['http/1.1'],
  });
}

/** A server that sends no session tickets confirms the handshake with its first reply only. */
const CONFIRMED_AFTER_MS = 50;

/**
 * Waits until the server has accepted the handshake. In TLS 1.3, the client has finished before the
 * server checks the client's certificate. A request that is written in between can hide the
 * server's alert, because a close with unread bytes discards it. The session ticket, which servers
 * send after the check, ends the wait.
 * @throws the alert of the server, or {ClosedWhileOpeningError}
 */
async function untilConfirmed(socket: TLSSocket): Promise<void> {
  if (socket.getProtocol() !== 'TLSv1.3') return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, CONFIRMED_AFTER_MS);
  const onClose = (): void => reject(new ClosedWhileOpeningError('the connection was closed'));
  socket.once('session', resolve).once('error', reject).once('close', onClose);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    socket.off('session', resolve).off('error', reject).off('close', onClose);
  }
}
