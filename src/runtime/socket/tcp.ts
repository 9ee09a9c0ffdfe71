import { Socket } from 'node:net';
import { SECOND } from '../../units.ts';
import type { TcpAddress } from './endpoint.ts';
import { untilOpen } from './opening.ts';
import { toRuntimeSocket, type RuntimeSocket } from './runtimeSocket.ts';

/** A host that has vanished never closes a connection. The operating system probes it. */
const PROBE_AFTER_MS = 15 * SECOND;

/** No process listens on the port. */
class NothingListensError extends Error {
  override readonly name = 'NothingListensError';
  readonly code = 'ECONNREFUSED';
}

/**
 * Connects to a host, whose name is resolved again each time. If it has addresses of both families,
 * they are tried alternately (RFC 8305).
 */
export async function connectTcp(
  { host, port }: Pick<TcpAddress, 'host' | 'port'>,
  timeoutMs: number,
): Promise<RuntimeSocket> {
  const socket = new Socket();
  socket.setNoDelay(true);
  socket.setKeepAlive(true, PROBE_AFTER_MS);
  socket.connect({ host, port, autoSelectFamily: true });
  await untilOpen(socket, 'connect', { leftMs: timeoutMs, timeoutMs });
  if (isConnectedToItself(socket)) {
    socket.destroy();
    throw new NothingListensError('the socket was connected to itself');
  }
  return toRuntimeSocket(socket, 'tcp');
}

/**
 * If no process listens on a port of this machine, the operating system may choose this port for
 * the connection itself. TCP then connects the socket to itself, and the runtime could not listen.
 */
function isConnectedToItself({
  localPort,
  remotePort,
  localAddress,
  remoteAddress,
}: Socket): boolean {
  return localPort === remotePort && localAddress === remoteAddress;
}
