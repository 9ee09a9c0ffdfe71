import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { openService, type Service } from '../../../src/main.ts';
import type { Health } from '../../../src/sidecar/health.ts';
import type { RuntimeProtocol } from '../../../src/runtime/protocol.ts';
import type { Sidecar } from '../../../src/sidecar/sidecar.ts';
import type { Headers } from '../../../src/transport/message.ts';
import type { Delivery, Transport, TransportState } from '../../../src/transport/transport.ts';
import type { InspectableTransport } from '../../../src/transport/inspection/inspectableTransport.ts';
import { parkedQueue, type Topology } from '../../../src/transport/queues.ts';
import type { Telemetry } from '../../../telemetry/telemetry.ts';
import { openArrivals, type Arrivals } from '../envelopes/arrivals.ts';
import { startHttpRuntime } from '../runtimes/httpRuntime.ts';
import {
  startScriptedRuntime,
  type Script,
  type ScriptedRuntime,
} from '../runtimes/scriptedRuntime.ts';
import { within } from '../processes/until.ts';
import { testConfig, type ConfigOverrides } from './testConfig.ts';
import { unixEndpoint } from '../runtimes/endpoints.ts';

export type OpenTransport = (
  topology: Topology,
  onState: (state: TransportState) => void,
) => Promise<InspectableTransport>;

export interface RigOptions {
  readonly open: OpenTransport;
  readonly script: Script;
  /** The protocol of the runtime; `script` speaks `payload` (and, as frames, `envelope`). */
  readonly protocol?: RuntimeProtocol;
  readonly config?: ConfigOverrides;
  /** The number of concurrent calls, and the prefetch. */
  readonly concurrency?: number;
  readonly telemetry?: Telemetry;
  /** The role of the sidecar. */
  readonly as?: 'actor' | 'happyEnd' | 'errorEnd';
}

/**
 * A sidecar with a runtime and queues that no other test uses.
 */
export interface Rig {
  readonly names: Names;
  /** The health of the current sidecar. */
  readonly health: Health;
  readonly sidecar: Sidecar;
  readonly runtime: ScriptedRuntime;
  readonly next: Arrivals;
  readonly happyEnd: Arrivals;
  readonly errorEnd: Arrivals;
  /** Sends an envelope or any bytes to the sidecar's queue. */
  send(message: EnvelopeLike | Buffer, headers?: Headers): Promise<void>;
  /** Creates an envelope for the sidecar's actor. */
  envelope(payload: unknown, more?: Record<string, unknown>): EnvelopeLike;
  /** Opens an inbox on another queue, which is declared if it is an actor's. */
  inbox(queue: string): Promise<Arrivals>;
  /** Ends the sidecar without a drain, like a killed process. */
  stop(): Promise<void>;
  /** Starts another sidecar for the same queue. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface Names {
  readonly actor: string;
  readonly next: string;
  readonly happyEnd: string;
  readonly errorEnd: string;
}

export interface EnvelopeLike {
  readonly id: string;
  readonly [field: string]: unknown;
}

export const RETRY_DELAYS_MS = [20, 60] as const;

export async function openRig(options: RigOptions): Promise<Rig> {
  const names = freshNames();
  const closers: (() => Promise<unknown>)[] = [];
  const directory = await mkdtemp(join(tmpdir(), 'asya-rig-'));
  closers.push(() => rm(directory, { recursive: true, force: true }));
  const socketPath = join(directory, 'asya-runtime.sock');
  const log = pino({ level: process.env['ASYA_TEST_LOG'] ?? 'silent' });

  const openActor = async (
    actor: string,
    retryDelaysMs: readonly number[] = [],
  ): Promise<Transport> => {
    const { happyEnd, errorEnd } = names;
    const transport = await options.open({ actor, happyEnd, errorEnd, retryDelaysMs }, () => {});
    closers.unshift(() => transport.close());
    return transport;
  };
  const inbox = async (queue: string): Promise<Arrivals> => {
    const opened = await openArrivals(await openActor(queue.split(':')[0] ?? queue), queue);
    closers.unshift(() => opened.close());
    return opened;
  };

  const start = options.protocol === 'http' ? startHttpRuntime : startScriptedRuntime;
  const runtime = await start(socketPath, options.script);
  closers.push(() => runtime.stop());
  const own = names[options.as ?? 'actor'];
  const { concurrency = 1 } = options;
  const config = testConfig({
    actor: own,
    happyEnd: names.happyEnd,
    errorEnd: names.errorEnd,
    isEnd: options.as === 'happyEnd' || options.as === 'errorEnd',
    concurrency,
    prefetch: concurrency,
    ...options.config,
    runtime: {
      protocol: options.protocol ?? 'payload',
      endpoint: unixEndpoint(socketPath),
      timeoutMs: 5_000,
      ...options.config?.runtime,
    },
    retry: {
      maxAttempts: 3,
      backoffMs: RETRY_DELAYS_MS,
      errors: ['TransientError'],
      maxDeferrals: 2,
      ...options.config?.retry,
    },
  });
  const [next, happyEnd, errorEnd] = await Promise.all([
    inbox(names.next),
    options.as === 'happyEnd' ? noArrivals() : inbox(names.happyEnd),
    options.as === 'errorEnd' ? inbox(parkedQueue(names.errorEnd)) : inbox(names.errorEnd),
  ]);

  const sender = await openActor(own);
  let sent = 0;
  let running = await startService();
  closers.unshift(async () => {
    await running.service.sidecar.drain(2_000);
    await running.service.close();
  });

  async function startService(): Promise<{ service: Service; kill: () => Promise<void> }> {
    const opened: Transport[] = [];
    const service = await openService({
      config,
      telemetry: options.telemetry,
      log,
      openTransport: async ({ topology, onState }) => {
        const transport = await options.open(topology, onState);
        opened.push(transport);
        return transport;
      },
    });
    const kill = async (): Promise<void> => {
      await Promise.all(opened.map((transport) => transport.close()));
      await service.close();
    };
    return { service, kill };
  }

  return {
    names,
    get health() {
      return running.service.health;
    },
    get sidecar() {
      return running.service.sidecar;
    },
    runtime,
    next,
    happyEnd,
    errorEnd,
    inbox,
    stop: () => running.kill(),
    start: async () => {
      running = await startService();
    },
    envelope: (payload, more = {}) => ({
      id: `env-${++sent}`,
      route: { actors: [own, names.next], current: 0 },
      payload,
      ...more,
    }),
    send: (message, headers = {}) =>
      within(
        sender.send(own, {
          body: Buffer.isBuffer(message) ? message : Buffer.from(JSON.stringify(message)),
          headers,
        }),
        'send',
      ),
    close: async () => {
      for (const close of closers) await close();
    },
  };
}

/** The decoded body of a delivery. */
export function decode(delivery: Delivery): Record<string, unknown> {
  return JSON.parse(delivery.body.toString()) as Record<string, unknown>;
}

function freshNames(): Names {
  const run = randomUUID().slice(0, 8);
  return {
    actor: `actor-${run}`,
    next: `next-${run}`,
    happyEnd: `happy-${run}`,
    errorEnd: `error-${run}`,
  };
}

async function noArrivals(): Promise<Arrivals> {
  return { arrived: [], take: () => new Promise(() => {}), close: () => Promise.resolve() };
}
