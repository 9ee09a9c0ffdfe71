import { Socket } from 'node:net';
import { SECOND } from '../../units.ts';
import type { TcpAddress } from './endpoint.ts';
import { untilOpen } from './opening.ts';
import { toRuntimeSocket, type RuntimeSocket } from './runtimeSocket.ts';

/** A host that has vanished never closes a connection. The operating system probes it. */
const PROBE_AFTER_MS = 15 * SECOND;

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
  await untilOpen(socket, 'connect', timeoutMs);
  return toRuntimeSocket(socket, 'tcp');
}
