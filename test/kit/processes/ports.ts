import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';

/** Below the ports that Linux gives to connections, and to servers that ask for any port. */
const FIRST_PORT = 15_000;
const LAST_PORT = 32_000;

/**
 * Returns free TCP ports. All are bound at the same time, so that they differ. No other process
 * receives one by chance before its user listens on it.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listenOnFreePort));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function listenOnFreePort(): Promise<Server> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    const server = createServer();
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening');
      return server;
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
