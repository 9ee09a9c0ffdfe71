import { readConfig } from '../src/config/config.ts';
import { openService } from '../src/main.ts';
import { Health } from '../src/sidecar/health.ts';
import { HOUR } from '../src/units.ts';
import { openMemory } from '../src/transport/memory/memory.ts';
import { createMemoryBroker } from '../src/transport/memory/broker.ts';
import type { Transport } from '../src/transport/transport.ts';
import type { Topology } from '../src/transport/queues.ts';
import { createTelemetry, type Telemetry } from '../telemetry/telemetry.ts';
import { unixEndpoint } from '../test/kit/runtimes/endpoints.ts';

/**
 * Measures a sidecar with telemetry and one without, in alternating turns within one process, so
 * that the load of other processes affects both:
 *
 *   node bench/telemetryHops.ts SOCKET LEVEL
 */
const HOPS_PER_TURN = 10_000;
const WARM_UP_TURNS = 5;
const TURNS = 10;
const CONCURRENCY = 16;
/** Number of envelopes in flight. */
const BACKLOG = 200;
const [socketPath = '', logLevel = 'silent'] = process.argv.slice(2);

const broker = createMemoryBroker();
// No SDK runs yet, as with OTEL_SDK_DISABLED.
const without = await openSide('without', 'silent');
await import('../telemetry/register.ts');
const sides = { without, with: await openSide('with', logLevel) };

const rates = { without: [] as number[], with: [] as number[] };
const ratios: number[] = [];
for (let turn = 0; turn < WARM_UP_TURNS + TURNS; turn++) {
  const off = await rateOf('without');
  const on = await rateOf('with');
  if (turn < WARM_UP_TURNS) continue;
  rates.without.push(off);
  rates.with.push(on);
  ratios.push(on / off);
}
process.send?.({
  without: median(rates.without),
  with: median(rates.with),
  ratio: median(ratios),
  spread: [Math.min(...ratios), Math.max(...ratios)],
});
await sides.with.telemetry.shutdown(5_000);
process.exit(0);

/** Measures hops per second in one turn. */
async function rateOf(side: keyof typeof sides): Promise<number> {
  const startMs = performance.now();
  await sides[side].send(HOPS_PER_TURN);
  return (HOPS_PER_TURN / (performance.now() - startMs)) * 1_000;
}

function topologyOf(actor: string): Topology {
  return { actor, happyEnd: `${actor}-happy-end`, errorEnd: 'error-end', retryDelaysMs: [] };
}

interface Side {
  readonly telemetry: Telemetry;
  /** Sends envelopes; resolves when all of them have reached the end. */
  readonly send: (hops: number) => Promise<void>;
}

/** Opens a sidecar between a producer and an end, with the SDK that is registered at the time. */
async function openSide(actor: string, logLevel: string): Promise<Side> {
  const topology = topologyOf(actor);
  const health = new Health();
  const telemetry = createTelemetry({
    ...topology,
    version: '0.0.0',
    transport: 'memory',
    concurrency: CONCURRENCY,
    runtimeProtocol: 'payload',
    runtimeAddress: { transport: 'unix', path: socketPath },
    namespace: 'asya_actor',
    maxGapMs: HOUR,
    maxFanout: 100,
    logLevel,
    logFormat: 'json',
    health,
  });
  const { config } = readConfig({
    ASYA_TRANSPORT: 'memory',
    ASYA_ACTOR_NAME: actor,
    ASYA_ACTOR_HAPPY_END: topology.happyEnd,
    ASYA_CONCURRENCY: String(CONCURRENCY),
  });
  await openService({
    config: { ...config, runtime: { ...config.runtime, endpoint: unixEndpoint(socketPath) } },
    telemetry,
    health,
    openTransport: (options) => openMemory({ broker, ...options }),
  });
  const send = await openDriver(
    await openMemory({ broker, topology, onState: () => {} }),
    topology,
  );
  return { telemetry, send };
}

/** Opens a producer for the actor and a consumer of its end. */
async function openDriver(
  transport: Transport,
  topology: Topology,
): Promise<(hops: number) => Promise<void>> {
  const envelope = {
    id: 'env-1',
    route: { actors: [topology.actor], current: 0 },
    payload: { text: 'hello' },
  };
  const body = Buffer.from(JSON.stringify(envelope));
  let [unsent, left] = [0, 0];
  let done = Promise.withResolvers<void>();
  const sendOne = (): void => {
    if (unsent-- > 0)
      void transport.send(topology.actor, { body, headers: { 'asya-published-at': Date.now() } });
  };
  await transport.receive(
    topology.happyEnd,
    (delivery) => {
      void transport.ack(delivery);
      sendOne();
      if (--left === 0) done.resolve();
    },
    { prefetch: 1_000 },
  );
  return (hops) => {
    unsent = left = hops;
    done = Promise.withResolvers();
    for (let sent = 0; sent < BACKLOG; sent++) sendOne();
    return done.promise;
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
