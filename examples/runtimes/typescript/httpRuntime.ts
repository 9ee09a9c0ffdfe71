/**
 * A runtime for the protocol `http`: each `POST /` has a payload as its body, and the response has
 * the result.
 *
 *     ASYA_SOCKET_DIR=/tmp/asya node httpRuntime.ts ACTOR.ts
 *
 * ACTOR.ts exports a function `handle(payload, headers)`. The sidecar forwards the returned value;
 * for an array, it forwards one envelope for each item. After null, undefined or an empty array, it
 * sends the envelope to happy-end unchanged. An exception becomes an error response. An exception
 * whose `retryable` is true requests another attempt, and one with `retryAfter` (in seconds)
 * requests a delay that counts no attempt. Needs Node 24 or newer, and no packages. Any web
 * framework that listens on a Unix socket works too.
 */
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { join, resolve } from 'node:path';
import { json } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

type Handle = (payload: unknown, headers: IncomingHttpHeaders) => unknown;

const actor: { handle: Handle } = await import(pathToFileURL(resolve(process.argv[2] ?? '')).href);
const path = join(process.env['ASYA_SOCKET_DIR'] ?? '/var/run/asya', 'asya-runtime.sock');
await rm(path, { force: true }); // a killed runtime leaves its socket behind
const server = createServer((request, response) => void answer(request, response));
server.listen(path);
// PID 1 of a container ignores SIGTERM unless it has a handler. Running requests are completed.
process.once('SIGTERM', () => {
  server.close();
  setInterval(() => server.closeIdleConnections(), 100).unref();
});
await once(server, 'listening');
chmodSync(path, 0o660); // before a SIGTERM is handled, which removes the socket
console.log(`listening on ${path}`);

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { headers } = request;
  // The trace context of this call. Its child spans belong to the trace of the journey.
  console.log(headers['asya-envelope-id'], 'traceparent', headers['traceparent']);
  response.setHeader('content-type', 'application/json');
  try {
    const result = await actor.handle(await json(request), headers);
    if (result === undefined || result === null) response.writeHead(204).end();
    else response.end(JSON.stringify(result));
  } catch (error) {
    refuse(response, error instanceof Error ? error : new Error(String(error)));
  }
}

function refuse(response: ServerResponse, error: Error): void {
  if ('retryAfter' in error) response.setHeader('retry-after', String(error.retryAfter));
  response.statusCode = 'retryAfter' in error ? 429 : 500;
  const retryable = 'retryable' in error && error.retryable === true;
  const { message, name: type, stack: traceback } = error;
  response.end(JSON.stringify({ error: 'processing_error', message, type, traceback, retryable }));
}
