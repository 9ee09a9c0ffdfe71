import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An OTLP collector that accepts all requests and discards their content. */
export interface Collector {
  readonly url: string;
  stop(): Promise<void>;
  start(): Promise<void>;
}

export async function openCollector(): Promise<Collector> {
  let server = await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    start: async () => {
      server = await listen(port);
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(port: number): Promise<Server> {
  const server = createServer((request, response) => {
    request
      .resume()
      .once('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
