import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure } from './figures.ts';
import { envelopeOf, openSides } from './rates.ts';
import type { Bench } from './scenarios.ts';
import { ofEach, takeTurns } from './turns.ts';
import { EXCHANGE, SINK, type Worker } from './worker.ts';

const CONCURRENCY = 10;
const PAYLOAD_BYTES = 200;
/** Half of them to warm up. */
const CAPACITY_HOPS = 60_000;
/**
 * How long a side works at a time: of less, a 99th percentile rests on a bunch or two of messages.
 */
const PERIOD_MS = 5_000;
const TICK_MS = 1;

/**
 * What a sidecar adds to the time from publish to arrival, at half of what the bare loop can do.
 */
export async function measureLatency(bench: Bench): Promise<readonly Figure[]> {
  const { place, queues, turns, against, nodeOptions, say } = bench;
  const workers = await openSides(place, { concurrency: CONCURRENCY, against, nodeOptions });
  try {
    for (const worker of Object.values(workers)) worker.freeze();
    // The sidecar last: it would stand still for longer than the broker waits for its heartbeat,
    // and connect anew.
    const half = (await capacityOf(workers.limit, queues)) / 2;
    await capacityOf(workers.sidecar, queues);
    const waits = await takeTurns(turns, workers, (worker) => waitsOf(worker, queues, half));
    const at = (share: number) => ofEach(waits, (times) => usual(times, share));
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
    figures.forEach(say);
    return figures;
  } finally {
    await Promise.all(Object.values(workers).map((worker) => worker.close()));
  }
}

/**
 * Hops a second while this process publishes and consumes on the same processors, as it does when
 * it measures: what a full queue is worked off with is more than can go through then.
 */
async function capacityOf(worker: Worker, queues: Bench['queues']): Promise<number> {
  const road = await openRoad(worker, queues);
  let startedAtMs = 0;
  for (let sent = 0; sent < CAPACITY_HOPS; sent++) {
    if (sent === CAPACITY_HOPS / 2) startedAtMs = performance.now();
    await road.untilArrived(sent - 2 * CONCURRENCY);
    road.publish();
  }
  await road.untilArrived(CAPACITY_HOPS);
  const seconds = (performance.now() - startedAtMs) / 1_000;
  await road.close();
  return CAPACITY_HOPS / 2 / seconds;
}

/**
 * Milliseconds from publish to arrival of each message, published evenly at a rate, whatever
 * becomes of them.
 */
async function waitsOf(
  worker: Worker,
  queues: Bench['queues'],
  rate: number,
): Promise<readonly number[]> {
  const road = await openRoad(worker, queues);
  const startedAtMs = performance.now();
  let sent = 0;
  for (let nowMs = 0; nowMs < PERIOD_MS; nowMs = performance.now() - startedAtMs) {
    for (; sent < (nowMs * rate) / 1_000; sent++) road.publish();
    await sleep(TICK_MS);
  }
  await road.untilArrived(sent);
  await road.close();
  return road.waits;
}

/** The way from here through a worker and back. */
interface Road {
  publish(): void;
  /** Milliseconds from publish to arrival of each message that has arrived. */
  readonly waits: readonly number[];
  untilArrived(count: number): Promise<void>;
  /** The worker stands still from now on. */
  close(): Promise<void>;
}

async function openRoad(worker: Worker, { channel }: Bench['queues']): Promise<Road> {
  const waits: number[] = [];
  let arrived = Promise.withResolvers<void>();
  const { consumerTag } = await channel.consume(
    `asya-${SINK}`,
    (message) => {
      waits.push(performance.now() - startOf(message?.content));
      arrived.resolve();
      arrived = Promise.withResolvers();
    },
    { noAck: true },
  );
  worker.thaw();
  return {
    waits,
    publish() {
      const body = envelopeOf(PAYLOAD_BYTES, [worker.actor, SINK], String(performance.now()));
      channel.publish(EXCHANGE, worker.actor, body, { persistent: true, messageId: randomUUID() });
    },
    async untilArrived(count) {
      while (waits.length < count) await arrived.promise;
    },
    async close() {
      await channel.cancel(consumerTag);
      worker.freeze();
    },
  };
}

/** The envelope's id tells when it was sent. */
function startOf(body: Buffer | undefined): number {
  const { id } = JSON.parse(body?.toString() ?? '{}') as { readonly id?: string };
  return Number(id);
}

/**
 * The percentile of a time as it usually is: of a turn's times the one in the middle. Now and then
 * the broker's disk stops everything for longer than any hop takes, whoever works then.
 */
function usual(times: readonly (readonly number[])[], share: number): number {
  const each = times.map((waits) => percentile(waits, share));
  return percentile(each, 0.5);
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * share)] ?? NaN;
}
