import { messageOf } from '../../faults.ts';
import { describeConnectError } from './connectError.ts';
import type { Endpoint, EndpointFiles, HeaderLine, RuntimeAddress, TlsFiles } from './endpoint.ts';
import type { RuntimeSocket } from './runtimeSocket.ts';
import { connectTcp } from './tcp.ts';
import { connectTls } from './tls.ts';
import { connectUnix } from './unix.ts';

/** A connected socket, or the reason why the runtime cannot be reached. */
export type ConnectResult =
  | {
      readonly socket: RuntimeSocket;
      /** The headers of each request on this socket. */
      readonly headers: readonly HeaderLine[];
    }
  | { readonly absent: string };

/**
 * Connects to the runtime. Never rejects.
 * @param timeoutMs the limit of the whole connect over TCP: the name, the handshakes of TCP and of
 * TLS. For a Unix socket, the longest time to retry while the backlog of the runtime is full.
 */
export async function connectTo(endpoint: Endpoint, timeoutMs: number): Promise<ConnectResult> {
  let files: EndpointFiles;
  try {
    files = endpoint.readFiles();
  } catch (error) {
    return { absent: messageOf(error) };
  }
  try {
    const socket = await connectSocket(endpoint.address, files.tls, timeoutMs);
    return { socket, headers: files.headers };
  } catch (error) {
    return { absent: describeConnectError(error, endpoint.address) };
  }
}

function connectSocket(
  address: RuntimeAddress,
  files: TlsFiles,
  timeoutMs: number,
): Promise<RuntimeSocket> {
  if (address.transport === 'unix') return connectUnix(address, timeoutMs);
  const { tlsName } = address;
  return tlsName === undefined
    ? connectTcp(address, timeoutMs)
    : connectTls({ ...address, tlsName }, files, timeoutMs);
}
