/**
 * A runtime for the protocol `http`: a payload comes as the body of `POST /`, and what becomes of
 * it goes back.
 *
 *     ASYA_SOCKET_DIR=/tmp/asya node httpRuntime.ts ACTOR.ts
 *
 * ACTOR.ts exports a function `handle(payload, headers)`. What it returns goes on: an array as one
 * envelope each, null or undefined as nothing. What it throws is an error; one whose `retryable` is
 * true asks for another attempt, and one with `retryAfter` (in seconds) for the same attempt,
 * later. Node 24 or newer, no packages; any web framework that listens on a Unix socket will do as
 * well.
 */
import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
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
await rm(path, { force: true }); // left by a runtime that was killed
const server = createServer((request, response) => void answer(request, response));
server.listen(path);
await once(server, 'listening');
await chmod(path, 0o660);
// A process with PID 1, as in a container, ignores SIGTERM unless it handles it. Requests in
// progress are answered.
process.once('SIGTERM', () => server.close());
console.log(`listening on ${path}`);

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { headers } = request;
  // The trace context of this very call: a span that is its child joins the journey's trace.
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
