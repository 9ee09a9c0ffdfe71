/**
 * A runtime for the protocol `payload`: each request frame holds a payload, each reply frame its
 * result.
 *
 *     ASYA_SOCKET_DIR=/tmp/asya node payloadRuntime.ts ACTOR.ts
 *
 * ACTOR.ts exports a function `handle(payload)`. The sidecar forwards the returned value; for an
 * array, it forwards one envelope for each item. After null, undefined or an empty array, it sends
 * the envelope to happy-end unchanged. An exception becomes an error reply; an exception whose
 * `retryable` is true requests another attempt. Needs Node 24 or newer, and no packages.
 */
import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

type Handle = (payload: unknown) => unknown;

const actor: { handle: Handle } = await import(pathToFileURL(resolve(process.argv[2] ?? '')).href);
const path = join(process.env['ASYA_SOCKET_DIR'] ?? '/var/run/asya', 'asya-runtime.sock');
await rm(path, { force: true }); // a killed runtime leaves its socket behind
const server = createServer((socket) => void serve(socket).catch(() => socket.destroy()));
server.listen(path);
// PID 1 of a container ignores SIGTERM unless it has a handler.
process.once('SIGTERM', () => process.exit());
await once(server, 'listening');
await chmod(path, 0o660);
console.log(`listening on ${path}`);

/** Serves one connection. The sidecar reuses it, and closes it when it is idle. */
async function serve(socket: Socket): Promise<void> {
  for await (const payload of frames(socket)) {
    const reply = Buffer.from(await answer(payload));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(reply.length);
    socket.write(Buffer.concat([length, reply]));
  }
}

async function* frames(socket: Socket): AsyncGenerator<Buffer> {
  let unread = Buffer.alloc(0);
  for await (const chunk of socket) {
    unread = Buffer.concat([unread, chunk]);
    while (unread.length >= 4 && unread.length >= 4 + unread.readUInt32BE()) {
      const end = 4 + unread.readUInt32BE();
      yield unread.subarray(4, end);
      unread = unread.subarray(end);
    }
  }
}

async function answer(payload: Buffer): Promise<string> {
  try {
    return JSON.stringify((await actor.handle(JSON.parse(payload.toString()))) ?? null);
  } catch (error) {
    return JSON.stringify(describe(error));
  }
}

function describe(error: unknown): object {
  if (!(error instanceof Error)) return { error: 'processing_error', message: String(error) };
  const retryable = 'retryable' in error && error.retryable === true;
  return {
    error: 'processing_error',
    message: error.message,
    type: error.name,
    traceback: error.stack,
    retryable,
  };
}
