import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { formatAddress, type Address } from '../config/address.ts';
import { messageOf } from '../faults.ts';
import { problemsOf, type Health } from '../sidecar/health.ts';

/**
 * The one HTTP port, for those who watch the sidecar:
 *
 * - `/metrics`: for scrapers
 * - `/healthz`, `/health`: 200 while the process is alive
 * - `/readyz`: 200 or 503, and in JSON everything that keeps the sidecar from being ready
 */
export interface HttpPort {
  /** The port that it listens on, also where the system has chosen it. */
  readonly port: number;
  /** Closes at once, open connections too. */
  close(): Promise<void>;
}

export interface HttpOptions {
  readonly address: Address;
  readonly health: Health;
  /** Answers scrapers; undefined when metrics are switched off. */
  readonly metrics: RequestListener | undefined;
}

/** Nobody can listen on the address, which `message` names. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** @throws {ListenError} */
export async function openHttp(options: HttpOptions): Promise<HttpPort> {
  const routes = createRoutes(options);
  const server = createServer((request, response) => {
    const path = request.url?.split('?', 1)[0] ?? '/';
    const route = routes.get(path);
    if (route === undefined) answer(response, 404, `nothing is at ${path}\n`);
    else if (request.method === 'GET' || request.method === 'HEAD') route(request, response);
    else
      answer(
        response.setHeader('allow', 'GET, HEAD'),
        405,
        `${request.method} is not taken here\n`,
      );
  });
  const port = await listen(server, options.address);
  return { port, close: () => close(server) };
}

function createRoutes({ health, metrics }: HttpOptions): ReadonlyMap<string, RequestListener> {
  return new Map([
    ['/healthz', tellAlive],
    ['/health', tellAlive],
    ['/readyz', (_, response) => tellReady(response, problemsOf(health))],
    ['/metrics', metrics ?? tellOff],
  ]);
}

function tellAlive(_: IncomingMessage, response: ServerResponse): void {
  answer(response, 200, 'ok\n');
}

function tellOff(_: IncomingMessage, response: ServerResponse): void {
  answer(response, 404, 'metrics are switched off\n');
}

function tellReady(response: ServerResponse, problems: readonly string[]): void {
  const ready = problems.length === 0;
  response.writeHead(ready ? 200 : 503, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify({ ready, problems })}\n`);
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
}

async function listen(server: Server, address: Address): Promise<number> {
  server.listen({ host: address.host, port: address.port });
  try {
    await once(server, 'listening');
  } catch (error) {
    const reason = messageOf(error);
    throw new ListenError(
      `ASYA_METRICS_ADDR: cannot listen on ${formatAddress(address)}: ${reason}`,
      {
        cause: error,
      },
    );
  }
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : address.port;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
