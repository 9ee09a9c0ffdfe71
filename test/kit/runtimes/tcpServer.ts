import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** A server on a TCP port whose connections a test reads and writes byte by byte. */
export interface TcpServer {
  readonly port: number;
  /** The accepted connections, oldest first. */
  readonly sockets: readonly Socket[];
  /** Closes all connections and stops listening. */
  stop(): Promise<void>;
  /** Listens on the same port again after `stop`. */
  start(): Promise<void>;
}

/**
 * Starts a server of any kind on a TCP port of this machine.
 * @param create returns a server that does not listen yet; called at each start
 */
export async function openTcpServer(
  t: TestContext,
  create: () => Server,
  host = '127.0.0.1',
): Promise<TcpServer> {
  const sockets: Socket[] = [];
  let server: Server | undefined;
  let port = 0;

  async function start(): Promise<void> {
    server = create();
    server.on('connection', (socket: Socket) => {
      socket.on('error', () => socket.destroy());
      sockets.push(socket);
    });
    server.listen(port, host);
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  }

  async function stop(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    if (server?.listening === true) await new Promise((resolve) => server?.close(resolve));
  }

  await start();
  t.after(stop);
  return {
    get port() {
      return port;
    },
    sockets,
    start,
    stop,
  };
}

/** A server whose connections are passed to `onSocket` with their index. */
export function openRawTcpServer(
  t: TestContext,
  onSocket: (socket: Socket, index: number) => void,
  host?: string,
): Promise<TcpServer> {
  let accepted = 0;
  return openTcpServer(t, () => createServer((socket) => onSocket(socket, accepted++)), host);
}
