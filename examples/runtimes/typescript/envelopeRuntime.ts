/**
 * A runtime for the protocol `envelope`: the whole envelope comes in a frame, and the envelopes to
 * send on go back.
 *
 *     ASYA_SOCKET_DIR=/tmp/asya node envelopeRuntime.ts ACTOR.ts
 *
 * ACTOR.ts exports a function `handle(payload)`, as for payloadRuntime.ts beside this file. The
 * runtime moves the route itself, so it may also change what is left of it. Node 24 or newer, no
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
await rm(path, { force: true }); // left by a runtime that was killed
const server = createServer((socket) => void serve(socket).catch(() => socket.destroy()));
server.listen(path);
await once(server, 'listening');
await chmod(path, 0o660);
// A process with PID 1, as in a container, ignores SIGTERM unless it handles it.
process.once('SIGTERM', () => process.exit());
console.log(`listening on ${path}`);

/** One connection: the sidecar keeps it for its next request, and closes it when it has none. */
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
  // The trace context of this very call: a span that is its child joins the journey's trace.
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
