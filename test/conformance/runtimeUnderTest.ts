import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { dirname } from 'node:path';
import { pino } from 'pino';
import { openRuntime } from '../../src/runtime/open.ts';
import type { CallReply, Reply, RuntimeClient, RuntimeState } from '../../src/runtime/runtime.ts';
import type { Closing } from '../kit/processes/closing.ts';
import { killOnExit } from '../kit/processes/killOnExit.ts';
import { until, within } from '../kit/processes/until.ts';
import { batchOf, callWith, request, type RequestLike } from '../kit/runtimes/request.ts';
import { openRawConnection, type RawConnection } from './rawConnection.ts';
import type { Adapter, Protocol } from './runtimes/adapter.ts';
import { MIB, SECOND } from '../../src/units.ts';
import { unixEndpoint } from '../kit/runtimes/endpoints.ts';

/** What the actor of the suite does: see actors/actor.py. */
export type Action = { readonly do: string } & Readonly<Record<string, unknown>>;

/** A process of a runtime. */
export interface RuntimeUnderTest {
  readonly socketPath: string;
  /** Calls the actor through the client of the sidecar. */
  ask(action: Action, asked?: RequestLike): Promise<Reply>;
  /** Calls the actor with a batch. */
  askBatch(batch: readonly [RequestLike, ...RequestLike[]]): Promise<CallReply>;
  /** Connects to the socket. */
  connect(): Promise<RawConnection>;
  /** Resolves when the runtime accepts connections. */
  listening(): Promise<void>;
  /** Sends a signal. Resolves with the exit code when the process has exited. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
  /** The output of the process so far. */
  output(): string;
}

const TIMEOUT_MS = 20 * SECOND;

/** Starts a process of the runtime, without waiting for it. */
export async function spawnRuntime(
  t: Closing,
  adapter: Adapter,
  protocol: Protocol,
  { socketPath, env = {} }: { socketPath: string; env?: Readonly<Record<string, string>> },
): Promise<RuntimeUnderTest> {
  const folder = dirname(socketPath);
  const { command, env: adapterEnv } = adapter.command(protocol, folder);
  const [program, ...args] = command;
  const child = spawn(program, args, {
    env: {
      ...process.env,
      PYTHONDONTWRITEBYTECODE: '1',
      ASYA_SOCKET_DIR: folder,
      ...adapterEnv,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  killOnExit(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => (output += chunk));
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const stop = (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return within(exited, `the exit of ${adapter.name} after ${signal}: ${output}`, TIMEOUT_MS);
  };
  t.after(() => stop('SIGKILL'));
  const client = await openClient(t, protocol, socketPath);
  return {
    socketPath,
    ask: (action, asked) =>
      within(
        callWith(client, request({ payload: JSON.stringify(action), ...asked })),
        `a reply of ${adapter.name}: ${output}`,
        TIMEOUT_MS,
      ),
    askBatch: (batch) =>
      within(client.send(batchOf(batch)), `a reply of ${adapter.name}: ${output}`, TIMEOUT_MS),
    connect: () => openRawConnection(t, socketPath, protocol),
    listening: () =>
      until(
        async () => {
          if (child.exitCode !== null) throw new Error(`${adapter.name} has exited: ${output}`);
          return canConnect(socketPath);
        },
        `${adapter.name} listens: ${output}`,
        TIMEOUT_MS,
      ),
    stop,
    output: () => output,
  };
}

/** Opens the client of the sidecar. */
export async function openClient(
  t: Closing,
  protocol: Protocol,
  socketPath: string,
  onState: (state: RuntimeState) => void = () => {},
): Promise<RuntimeClient> {
  const { client } = await openRuntime({
    protocol,
    endpoint: unixEndpoint(socketPath),
    maxReplyBytes: 64 * MIB,
    maxNesting: 1000,
    readyTimeoutMs: TIMEOUT_MS,
    concurrency: 8,
    onState,
    log: pino({ level: 'silent' }),
  });
  t.after(() => client.close());
  return client;
}

function canConnect(socketPath: string): Promise<boolean> {
  const socket = createConnection(socketPath);
  return new Promise((resolve) => {
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
