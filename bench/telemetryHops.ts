import { pino } from 'pino';
import { assemble } from '../src/assemble.ts';
import { createHealth, type Health } from '../src/health.ts';
import { openRuntime } from '../src/runtime/open.ts';
import { openMemory } from '../src/transport/memory.ts';
import { createMemoryBroker } from '../src/transport/memory/broker.ts';
import type { Topology, Transport } from '../src/transport/transport.ts';
import { createTelemetry, type Telemetry } from '../telemetry/layers.ts';

/**
 * Two sidecars side by side, one with telemetry and one without, take turns:
 *
 *   node bench/telemetryHops.ts SOCKET LEVEL
 *
 * In one process, and in turns, since a neighbour on the machine disturbs both the same.
 */
const HOPS_A_TURN = 10_000;
const TURNS = 11;
const CONCURRENCY = 16;
/** Envelopes on their way at once. */
const BACKLOG = 200;
const [socketPath = '', logLevel = 'silent'] = process.argv.slice(2);

const broker = createMemoryBroker();
const health = createHealth();
const telemetry = createTelemetry({
  ...topologyOf('with'),
  version: '0.0.0',
  transport: 'memory',
  concurrency: CONCURRENCY,
  runtimeProtocol: 'payload',
  socketPath,
  namespace: 'asya_actor',
  maxGapMs: 3_600_000,
  maxFanout: 100,
  logLevel,
  logFormat: 'json',
  health,
});
const sides = {
  without: await openSide('without', createHealth(), undefined),
  with: await openSide('with', health, telemetry),
};

const rates = { without: [] as number[], with: [] as number[] };
const ratios: number[] = [];
for (let turn = 0; turn < TURNS; turn++) {
  const without = await rateOf('without');
  const on = await rateOf('with');
  // The first turn only warms up.
  if (turn === 0) continue;
  rates.without.push(without);
  rates.with.push(on);
  ratios.push(on / without);
}
process.send?.({
  without: median(rates.without),
  with: median(rates.with),
  ratio: median(ratios),
  spread: [Math.min(...ratios), Math.max(...ratios)],
});
await telemetry.shutdown(5_000);
process.exit(0);

/** Hops a second of one turn. */
async function rateOf(side: keyof typeof sides): Promise<number> {
  const startMs = performance.now();
  await sides[side](HOPS_A_TURN);
  return (HOPS_A_TURN / (performance.now() - startMs)) * 1_000;
}

function topologyOf(actor: string): Topology {
  return { actor, happyEnd: `${actor}-happy-end`, errorEnd: 'error-end', retryDelaysMs: [] };
}

/** A sidecar between a producer and an end; resolves to what sends so many envelopes through it. */
async function openSide(
  actor: string,
  health: Health,
  layers: Telemetry | undefined,
): Promise<(hops: number) => Promise<void>> {
  const topology = topologyOf(actor);
  const log = layers?.log ?? pino({ level: 'silent' });
  const transport = await openMemory(broker, topology, (state) => void (health.transport = state));
  const { runtime, turnAway } = await openRuntime(
    {
      protocol: 'payload',
      socketPath,
      maxReplyBytes: 1_000_000,
      maxNesting: 100,
      readyTimeoutMs: 60_000,
      concurrency: CONCURRENCY,
      around: layers?.runtime ?? [],
    },
    (state) => void (health.runtime = state),
    log,
  );
  const sidecar = assemble(
    {
      transport: layers?.transport(transport) ?? transport,
      runtime,
      health,
      log,
      around: layers?.work ?? [],
      turnAway,
      closed: new AbortController().signal,
    },
    {
      place: { ...topology, isEnd: false, maxFanout: 1_000, maxMessageBytes: 1_000_000 },
      policy: { maxAttempts: 1, backoffMs: [], errors: [], maxDeferrals: 0 },
      prefetch: CONCURRENCY,
      concurrency: CONCURRENCY,
      maxNesting: 100,
      maxRedeliveries: 5,
      runtimeTimeoutMs: 60_000,
    },
  );
  sidecar.runtimeChanged();
  return openDriver(await openMemory(broker, topology, () => {}), topology);
}

/** Sends envelopes to the actor and waits until they have come to the end. */
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
