import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { formatAddress, type Address } from '../config/formats/address.ts';
import { messageOf } from '../faults.ts';
import { problemsOf, type Health } from '../sidecar/health.ts';

/**
 * The HTTP server of the sidecar:
 *
 * - `/metrics`: the metrics for Prometheus
 * - `/hops`: a record of each hop as it ends
 * - `/healthz`, `/health`: 200 while the process runs
 * - `/readyz`: 200 or 503, and as JSON all problems that prevent readiness
 */
export interface HttpServer {
  /** The port that the server listens on, even if the operating system has chosen it. */
  readonly port: number;
  /** Closes the server and all connections at once. */
  close(): Promise<void>;
}

export interface HttpOptions {
  readonly address: Address;
  readonly health: Health;
  /** Serves `/metrics`; undefined if metrics are disabled. */
  readonly metrics: RequestListener | undefined;
  /** Serves `/hops`, also if metrics are disabled. */
  readonly hops: RequestListener;
}

/** The server cannot listen on its address. `message` names the address. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** @throws {ListenError} */
export async function openHttpServer(options: HttpOptions): Promise<HttpServer> {
  const routes = createRoutes(options);
  const server = createServer((request, response) => {
    const path = request.url?.split('?', 1)[0] ?? '/';
    const route = routes.get(path);
    if (route === undefined) respond(response, 404, `not found: ${path}\n`);
    else if (request.method === 'GET' || request.method === 'HEAD') route(request, response);
    else respondMethodNotAllowed(response, request.method);
  });
  const port = await listen(server, options.address);
  return { port, close: () => close(server) };
}

function createRoutes({
  health,
  metrics,
  hops,
}: HttpOptions): ReadonlyMap<string, RequestListener> {
  return new Map([
    ['/healthz', respondAlive],
    ['/health', respondAlive],
    ['/readyz', (_, response) => respondReadiness(response, problemsOf(health))],
    ['/metrics', metrics ?? respondDisabled],
    ['/hops', hops],
  ]);
}

function respondAlive(_: IncomingMessage, response: ServerResponse): void {
  respond(response, 200, 'ok\n');
}

function respondDisabled(_: IncomingMessage, response: ServerResponse): void {
  respond(response, 404, 'metrics are disabled\n');
}

function respondReadiness(response: ServerResponse, problems: readonly string[]): void {
  const ready = problems.length === 0;
  response.writeHead(ready ? 200 : 503, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify({ ready, problems })}\n`);
}

function respondMethodNotAllowed(response: ServerResponse, method = ''): void {
  response.setHeader('allow', 'GET, HEAD');
  respond(response, 405, `method not allowed: ${method}\n`);
}

function respond(response: ServerResponse, status: number, text: string): void {
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
