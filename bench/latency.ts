import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure } from './figures.ts';
import { envelopeOf, openSides } from './rates.ts';
import type { Bench } from './bench.ts';
import { mapTurns, takeTurns } from './turns.ts';
import { EXCHANGE, SINK, type Worker } from './worker.ts';

const CONCURRENCY = 10;
const PAYLOAD_BYTES = 200;
/** The first half warms up. */
const CAPACITY_HOPS = 60_000;
/** Shorter periods have too few messages for a 99th percentile. */
const PERIOD_MS = 5_000;
const TICK_MS = 1;

/** Measures the latency that a sidecar adds at half of the limit's capacity. */
export async function measureLatency(bench: Bench): Promise<readonly Figure[]> {
  const { environment, queues, turns, against, nodeArguments, report } = bench;
  const workers = await openSides(environment, {
    concurrency: CONCURRENCY,
    against,
    nodeArguments,
  });
  try {
    for (const worker of Object.values(workers)) worker.freeze();
    // The sidecar is warmed up last. Otherwise it would be frozen beyond the broker's heartbeat
    // timeout and lose its connection.
    const half = (await measureCapacity(workers.limit, queues)) / 2;
    await measureCapacity(workers.sidecar, queues);
    const latencies = await takeTurns(turns, workers, (worker) =>
      latenciesOf(worker, queues, half),
    );
    const at = (share: number) => mapTurns(latencies, (times) => medianPercentile(times, share));
    const figures: Figure[] = [
      { name: 'latency at half load, median', unit: 'ms', as: 'difference', ...at(0.5) },
      {
        name: 'latency at half load, p99',
        unit: 'ms',
        as: 'difference',
        ...at(0.99),
        target: { atMost: 1 },
      },
    ];
    figures.forEach(report);
    return figures;
  } finally {
    await Promise.all(Object.values(workers).map((worker) => worker.close()));
  }
}

/**
 * Measures hops per second while this process publishes and consumes on the same processors, as it
 * does during the measurement. Draining a filled queue would be faster.
 */
async function measureCapacity(worker: Worker, queues: Bench['queues']): Promise<number> {
  const roundTrip = await openRoundTrip(worker, queues);
  let startedAtMs = 0;
  for (let sent = 0; sent < CAPACITY_HOPS; sent++) {
    if (sent === CAPACITY_HOPS / 2) startedAtMs = performance.now();
    await roundTrip.untilArrived(sent - 2 * CONCURRENCY);
    roundTrip.publish();
  }
  await roundTrip.untilArrived(CAPACITY_HOPS);
  const seconds = (performance.now() - startedAtMs) / 1_000;
  await roundTrip.close();
  return CAPACITY_HOPS / 2 / seconds;
}

/** Publishes at a constant rate and returns the latency of each message in milliseconds. */
async function latenciesOf(
  worker: Worker,
  queues: Bench['queues'],
  rate: number,
): Promise<readonly number[]> {
  const roundTrip = await openRoundTrip(worker, queues);
  const startedAtMs = performance.now();
  let sent = 0;
  for (let nowMs = 0; nowMs < PERIOD_MS; nowMs = performance.now() - startedAtMs) {
    for (; sent < (nowMs * rate) / 1_000; sent++) roundTrip.publish();
    await sleep(TICK_MS);
  }
  await roundTrip.untilArrived(sent);
  await roundTrip.close();
  return roundTrip.latencies;
}

/** Publishes messages to a worker and consumes them from the sink. */
interface RoundTrip {
  publish(): void;
  /** Milliseconds from publish to arrival, for each message that has arrived. */
  readonly latencies: readonly number[];
  untilArrived(count: number): Promise<void>;
  /** Stops consuming and freezes the worker. */
  close(): Promise<void>;
}

async function openRoundTrip(worker: Worker, { channel }: Bench['queues']): Promise<RoundTrip> {
  const latencies: number[] = [];
  let arrived = Promise.withResolvers<void>();
  const { consumerTag } = await channel.consume(
    `asya-${SINK}`,
    (message) => {
      latencies.push(performance.now() - sentAtMs(message?.content));
      arrived.resolve();
      arrived = Promise.withResolvers();
    },
    { noAck: true },
  );
  worker.thaw();
  return {
    latencies,
    publish() {
      const body = envelopeOf(PAYLOAD_BYTES, [worker.actor, SINK], String(performance.now()));
      channel.publish(EXCHANGE, worker.actor, body, { persistent: true, messageId: randomUUID() });
    },
    async untilArrived(count) {
      while (latencies.length < count) await arrived.promise;
    },
    async close() {
      await channel.cancel(consumerTag);
      worker.freeze();
    },
  };
}

/** Returns the publish time, which is the envelope's id. */
function sentAtMs(body: Buffer | undefined): number {
  const { id } = JSON.parse(body?.toString() ?? '{}') as { readonly id?: string };
  return Number(id);
}

/**
 * Returns the median of a percentile over the periods of a turn. The median excludes pauses of the
 * broker's disk, which are longer than any hop.
 */
function medianPercentile(times: readonly (readonly number[])[], share: number): number {
  const each = times.map((latencies) => percentile(latencies, share));
  return percentile(each, 0.5);
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * share)] ?? NaN;
}
