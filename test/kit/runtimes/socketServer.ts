import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Closing } from '../processes/closing.ts';

/** A server on a Unix socket whose connections a test reads and writes byte by byte. */
export interface SocketServer {
  readonly socketPath: string;
  /** The accepted connections, oldest first. */
  readonly sockets: readonly Socket[];
  /** Closes all connections and stops listening. */
  stop(): Promise<void>;
  /** Listens again after `stop`. */
  start(): Promise<void>;
}

/** @param onSocket called with each connection and its index */
export async function openSocketServer(
  t: TestContext,
  onSocket: (socket: Socket, index: number) => void,
): Promise<SocketServer> {
  const socketPath = await temporarySocketPath(t);
  const sockets: Socket[] = [];
  let server: Server | undefined;

  async function start(): Promise<void> {
    server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      onSocket(socket, sockets.push(socket) - 1);
    });
    server.listen(socketPath);
    await once(server, 'listening');
  }

  async function stop(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    if (server?.listening === true) await new Promise((resolve) => server?.close(resolve));
  }

  await start();
  t.after(stop);
  return { socketPath, sockets, start, stop };
}

/** Returns the path of a socket in a temporary directory, which is removed after the test. */
export async function temporarySocketPath(t: Closing): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'asya-'));
  // A runtime that restarts may write into the folder while it is removed; hence the retries.
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return join(folder, 'asya-runtime.sock');
}
