import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { serve, type Handle, type ServeOptions } from '../../../sdk/typescript/src/index.ts';
import { openRuntime } from '../../../src/runtime/open.ts';
import type { RuntimeProtocol } from '../../../src/runtime/protocol.ts';
import type { Reply } from '../../../src/runtime/runtime.ts';
import { MIB } from '../../../src/units.ts';
import type { Closing } from '../processes/closing.ts';
import { callWith, request, type RequestLike } from './request.ts';
import { temporarySocketPath } from './socketServer.ts';
import { unixEndpoint } from './endpoints.ts';

/** The program `asya-runtime`. */
export const RUNTIME_PROGRAM = fileURLToPath(
  new URL('../../../sdk/typescript/src/bin.ts', import.meta.url),
);

/** An actor that is served in this process. */
export interface ServedActor {
  readonly socketPath: string;
  /** The log lines so far. */
  readonly log: readonly string[];
  /** Calls the actor through the client of the sidecar. */
  readonly ask: (asked?: RequestLike) => Promise<Reply>;
  close(): Promise<void>;
}

/** Serves an actor on a temporary socket. */
export async function serveActor(
  t: Closing,
  actor: Handle | ServeOptions,
  protocol: RuntimeProtocol = 'http',
): Promise<ServedActor> {
  const socketPath = await temporarySocketPath(t);
  const log: string[] = [];
  const runtime = await serve({
    ...(typeof actor === 'function' ? { handle: actor } : actor),
    socketDir: dirname(socketPath),
    ...(protocol === 'none' ? {} : { protocol }),
    signals: false,
    log: (line) => log.push(line),
  });
  const { client } = await openRuntime({
    protocol,
    endpoint: unixEndpoint(socketPath),
    maxReplyBytes: 16 * MIB,
    maxNesting: 100,
    readyTimeoutMs: 60_000,
    concurrency: 4,
    onState() {},
    log: pino({ level: 'silent' }),
  });
  t.after(async () => {
    await client.close();
    await runtime.close();
  });
  return {
    socketPath,
    log,
    ask: (asked) => callWith(client, request(asked)),
    close: () => runtime.close(),
  };
}
