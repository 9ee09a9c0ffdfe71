import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openSqlite } from '../../../src/transport/sqlite/sqlite.ts';
import type { Topology } from '../../../src/transport/queues.ts';
import type { InspectableTransport } from '../../../src/transport/inspection/inspectableTransport.ts';
import { openArrivals, type Arrivals } from '../envelopes/arrivals.ts';
import type { Closing } from '../processes/closing.ts';
import { startRuntimeProcess, type RuntimeProcess } from '../processes/runtimeProcess.ts';
import {
  startSidecarProcess,
  type SidecarProcess,
  type Variables,
} from '../processes/sidecarProcess.ts';
import { stageOnRabbitmq } from '../rigs/rabbitmqRig.ts';
import type { OpenTransport } from '../rigs/rig.ts';
import type { StageOptions } from '../rigs/stage.ts';
import { startUiProcess, type UiProcess } from './uiProcess.ts';

export interface ShopOptions {
  readonly transport: 'rabbitmq' | 'sqlite';
  /** Further options of `asya-sidecar ui`. */
  readonly args?: readonly string[];
  /** Further variables of `asya-sidecar ui`, such as the address of a proxy. */
  readonly uiVariables?: Variables;
  /** Further variables of the sidecars. */
  readonly sidecarVariables?: Variables;
}

/** An actor: its sidecar and its runtime, which runs `test/fixtures/shop.py`, as processes. */
export interface ShopActor {
  readonly name: string;
  readonly sidecar: SidecarProcess;
  readonly runtime: RuntimeProcess;
}

/**
 * A pipeline of three actors in processes, and `asya-sidecar ui` on it. Nothing consumes the ends.
 */
export interface Shop {
  /** In the order of the route: `price`, `stock` and `ship`, with a unique suffix. */
  readonly route: readonly string[];
  readonly actors: readonly ShopActor[];
  readonly happyEnd: string;
  readonly errorEnd: string;
  readonly ui: UiProcess;
  /** The variables of a command on the same queues. */
  readonly variables: Variables;
  /** The options `--sidecars` of all actors. */
  readonly sidecars: readonly string[];
  /** Sends an envelope to the first actor of its route; `more` replaces members. */
  readonly send: (id: string, payload: unknown, more?: object) => Promise<void>;
  /** Sends any bytes to a queue. */
  readonly put: (queue: string, body: Buffer) => Promise<void>;
  /** Consumes a queue. */
  readonly arrivals: (queue: string) => Promise<Arrivals>;
}

const NAMES = ['price', 'stock', 'ship'] as const;
const RUNTIME = pathOf('../../../examples/runtimes/python/payload_runtime.py');
const ACTOR = pathOf('../../fixtures/shop.py');
/** Two attempts with a short delay, so that a failure is soon in error-end. */
const RETRIES = { ASYA_RETRY_MAX_ATTEMPTS: '2', ASYA_RETRY_BACKOFF: '50ms' };

/**
 * Returns a function that opens a shop with its first call. All tests of a file share it, because
 * its seven processes need seconds to start.
 */
export function setupShop(options: ShopOptions): () => Promise<Shop> {
  const hooks: (() => Promise<unknown>)[] = [];
  let shop: Promise<Shop> | undefined;
  after(async () => {
    for (const hook of hooks) await hook();
  });
  return () => (shop ??= openShop({ after: (hook) => void hooks.push(hook) }, options));
}

/** Starts all processes. Resolves when the sidecars are ready and the page is served. */
export async function openShop(t: Closing, options: ShopOptions): Promise<Shop> {
  const { stage, removeFiles } = await openStageOn(options.transport);
  const transports: InspectableTransport[] = [];
  const open: OpenTransport = async (topology, onState) => {
    const transport = await stage.open(topology, onState);
    transports.push(transport);
    return transport;
  };
  try {
    return await startShop(t, options, { ...stage, open });
  } finally {
    // Hooks run in the order of their calls: the processes end before their files are removed.
    t.after(async () => {
      await Promise.all(transports.map((transport) => transport.close()));
      await removeFiles();
    });
  }
}

async function startShop(t: Closing, options: ShopOptions, stage: StageOptions): Promise<Shop> {
  const run = randomUUID().slice(0, 8);
  const route = NAMES.map((name) => `${name}-${run}`);
  const [happyEnd, errorEnd] = [`happy-end-${run}`, `error-end-${run}`];
  const topologyOf = (actor: string): Topology => ({
    actor,
    happyEnd,
    errorEnd,
    retryDelaysMs: [50],
  });
  const variables = {
    ASYA_ACTOR_HAPPY_END: happyEnd,
    ASYA_ACTOR_ERROR_END: errorEnd,
    ...stage.variablesOf(topologyOf(happyEnd)),
  };
  const ofSidecars = { ...variables, ...RETRIES, ...options.sidecarVariables };
  const actors = await Promise.all(
    NAMES.map((role, index) => startActor(t, route[index] ?? role, role, ofSidecars)),
  );
  const sidecars = actors.map(({ sidecar }) => new URL(sidecar.url).host);
  const ui = await startUiProcess(t, { ...variables, ...options.uiVariables }, [
    '--listen',
    '127.0.0.1:0',
    '--sidecars',
    ...sidecars,
    ...(options.args ?? []),
  ]);
  const transport = await stage.open(topologyOf(route[0] ?? ''), () => {});
  return {
    route,
    actors,
    happyEnd,
    errorEnd,
    ui,
    variables,
    sidecars,
    send: (id, payload, more = {}) => {
      const envelope = { id, route: { actors: route, current: 0 }, payload, ...more };
      const body = Buffer.from(JSON.stringify(envelope));
      return transport.send(envelope.route.actors[0] ?? '', { body, headers: {} });
    },
    put: (queue, body) => transport.send(queue, { body, headers: {} }),
    arrivals: async (queue) => openArrivals(await stage.open(topologyOf(queue), () => {}), queue),
  };
}

async function startActor(
  t: Closing,
  name: string,
  role: string,
  variables: Variables,
): Promise<ShopActor> {
  const command = ['python3', RUNTIME, ACTOR] as const;
  const runtime = await startRuntimeProcess(t, command, { env: { SHOP_ACTOR: role } });
  const sidecar = await startSidecarProcess({
    ...variables,
    ASYA_ACTOR_NAME: name,
    ASYA_SOCKET_DIR: dirname(runtime.socketPath),
  });
  t.after(sidecar.close);
  await sidecar.ready();
  return { name, sidecar, runtime };
}

interface OpenedStage {
  readonly stage: StageOptions;
  readonly removeFiles: () => Promise<void>;
}

async function openStageOn(transport: ShopOptions['transport']): Promise<OpenedStage> {
  if (transport === 'rabbitmq')
    return { stage: stageOnRabbitmq(), removeFiles: () => Promise.resolve() };
  const folder = await mkdtemp(join(tmpdir(), 'asya-shop-'));
  const path = join(folder, 'queues.db');
  return {
    stage: {
      open: (topology, onState) => openSqlite({ path, topology, onState }),
      variablesOf: () => ({ ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: path }),
    },
    removeFiles: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
