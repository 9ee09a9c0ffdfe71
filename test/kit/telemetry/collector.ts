import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface Collector {
  readonly url: string;
  /** The received bodies by path: `/v1/traces`, `/v1/metrics`, `/v1/logs`. */
  readonly requests: ReadonlyMap<string, readonly string[]>;
}

/** Answers a request. If it does not end the response, the sender waits. */
export type Manner = (response: ServerResponse) => void;

export const takesAll: Manner = (response) =>
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}');

/** Starts a collector that receives OTLP in JSON over HTTP. */
export async function startCollector(t: TestContext, manner: Manner): Promise<Collector> {
  const requests = new Map<string, string[]>();
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const path = request.url ?? '';
      requests.set(path, [...(requests.get(path) ?? []), body]);
      manner(response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}
