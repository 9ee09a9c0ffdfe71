import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Takes whatever telemetry it is sent, until it is told to refuse. */
export interface FickleCollector {
  readonly url: string;
  refuse(): void;
  close(): void;
}

export async function openFickleCollector(): Promise<FickleCollector> {
  let status = 200;
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(status).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refuse: () => {
      status = 400;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
