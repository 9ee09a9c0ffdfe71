import { randomUUID } from 'node:crypto';
import type { RequestListener, ServerResponse } from 'node:http';
import { refusalOf, type ReadToken } from './access.ts';
import type { HopFeed } from './hopFeed.ts';

/**
 * Creates the handler of `GET /hops`: a record of each hop as it ends, one line of JSON each, until
 * the client or the sidecar closes the connection. An empty line is a heartbeat, and
 * `{"dropped": n}` counts the records that a slow client has lost.
 */
export function createHopsHandler(
  feed: HopFeed,
  readToken: ReadToken = () => undefined,
): RequestListener {
  // A client that reaches a sidecar by several addresses recognises it.
  const headers = { ...HEADERS, 'x-asya-instance': randomUUID() };
  return (request, response) => {
    const refusal = refusalOf(request, readToken);
    if (refusal !== undefined) {
      if (refusal.status === 401) response.setHeader('www-authenticate', 'Bearer');
      respond(response, refusal.status, refusal.reason);
    } else if (feed.isFull) {
      respond(response, 503, 'too many readers of /hops are connected');
    } else if (request.method === 'HEAD') {
      response.writeHead(200, headers).end();
    } else {
      response.writeHead(200, headers).flushHeaders();
      feed.addReader(response);
    }
  };
}

const HEADERS = {
  'content-type': 'application/x-ndjson',
  'cache-control': 'no-store',
  // Reverse proxies such as nginx would otherwise collect lines before they pass them on.
  'x-accel-buffering': 'no',
} as const;

function respond(response: ServerResponse, status: number, reason: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${reason}\n`);
}
