/**
 * A runtime for the protocol `envelope`: each request frame holds an envelope, each reply frame the
 * next envelopes.
 *
 *     ASYA_SOCKET_DIR=/tmp/asya node envelopeRuntime.ts ACTOR.ts
 *
 * ACTOR.ts exports a function `handle(payload)`, as for payloadRuntime.ts. The runtime itself
 * advances the route, so it may also change the actors that follow. Needs Node 24 or newer, and no
 * packages.
 */
import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

type Handle = (payload: unknown) => unknown;

interface Envelope {
  readonly id: string;
  readonly route: { readonly actors: readonly string[]; readonly current: number };
  readonly headers?: Readonly<Record<string, unknown>> | null;
  readonly payload: unknown;
}

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
  for await (const envelope of frames(socket)) {
    const reply = Buffer.from(JSON.stringify(await answer(JSON.parse(envelope.toString()))));
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

async function answer({ id, route, headers, payload }: Envelope): Promise<object[]> {
  // The trace context of this call. Its child spans belong to the trace of the journey.
  console.log(id, 'traceparent', headers?.['traceparent']);
  try {
    const result = (await actor.handle(payload)) ?? [];
    const next = { ...route, current: route.current + 1 };
    return [result].flat().map((it) => ({ payload: it, route: next, headers }));
  } catch (error) {
    return [{ error: 'processing_error', details: describe(error) }];
  }
}

function describe(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const retryable = 'retryable' in error && error.retryable === true;
  return { message: error.message, type: error.name, traceback: error.stack, retryable };
}
