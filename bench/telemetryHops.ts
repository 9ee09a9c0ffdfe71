import { assemble } from '../src/sidecar/assemble.ts';
import { createHealth } from '../src/sidecar/health.ts';
import { openRuntime } from '../src/runtime/open.ts';
import { openMemory } from '../src/transport/memory/memory.ts';
import { createMemoryBroker } from '../src/transport/memory/broker.ts';
import type { Transport } from '../src/transport/transport.ts';
import type { Topology } from '../src/transport/queues.ts';
import { createTelemetry, type Telemetry } from '../telemetry/telemetry.ts';

/**
 * Two sidecars side by side, one with telemetry and one without, take turns:
 *
 *   node bench/telemetryHops.ts SOCKET LEVEL
 *
 * In one process, and in turns, since a neighbour on the machine disturbs both the same.
 */
const HOPS_A_TURN = 10_000;
const WARM_UP_TURNS = 5;
const TURNS = 10;
const CONCURRENCY = 16;
/** Envelopes on their way at once. */
const BACKLOG = 200;
const [socketPath = '', logLevel = 'silent'] = process.argv.slice(2);

// As the program does.
const broker = createMemoryBroker();
// As with OTEL_SDK_DISABLED, since no SDK runs yet.
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

/** Hops a second of one turn. */
async function rateOf(side: keyof typeof sides): Promise<number> {
  const startMs = performance.now();
  await sides[side].send(HOPS_A_TURN);
  return (HOPS_A_TURN / (performance.now() - startMs)) * 1_000;
}

function topologyOf(actor: string): Topology {
  return { actor, happyEnd: `${actor}-happy-end`, errorEnd: 'error-end', retryDelaysMs: [] };
}

interface Side {
  readonly telemetry: Telemetry;
  /** Sends so many envelopes through it; resolves when they have come to the end. */
  readonly send: (hops: number) => Promise<void>;
}

/** A sidecar between a producer and an end, with the telemetry that there is by now. */
async function openSide(actor: string, logLevel: string): Promise<Side> {
  const topology = topologyOf(actor);
  const health = createHealth();
  const telemetry = createTelemetry({
    ...topology,
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
  const { log } = telemetry;
  const transport = await openMemory({
    broker,
    topology,
    onState: (state) => void (health.transport = state),
  });
  const { runtime, rejectWaiting: turnAway } = await openRuntime(
    {
      protocol: 'payload',
      socketPath,
      maxReplyBytes: 1_000_000,
      maxNesting: 100,
      readyTimeoutMs: 60_000,
      concurrency: CONCURRENCY,
      around: telemetry.runtime,
    },
    (state) => void (health.runtime = state),
    log,
  );
  const sidecar = assemble(
    {
      transport: telemetry.transport(transport),
      runtime,
      health,
      log,
      around: telemetry.work,
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
  const send = await openDriver(
    await openMemory({ broker, topology, onState: () => {} }),
    topology,
  );
  return { telemetry, send };
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
