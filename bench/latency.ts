import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { rateOf, envelopeOf } from './rates.ts';
import type { Figure } from './figures.ts';
import type { Bench } from './scenarios.ts';
import { EXCHANGE, openLimit, openSidecar, SINK, type Worker } from './worker.ts';

const CONCURRENCY = 10;
const PAYLOAD_BYTES = 200;
const WARM_UP = { payloadBytes: PAYLOAD_BYTES, hops: 5_000 };
const TURN_MS = 2_000;
const TICK_MS = 5;

/** What a sidecar adds to the time from publish to arrival, at half of what the bare loop can do. */
export async function measureLatency({ place, queues, turns, say }: Bench): Promise<readonly Figure[]> {
  const workers = {
    limit: await openLimit(place, { concurrency: CONCURRENCY }),
    sidecar: await openSidecar(place, { concurrency: CONCURRENCY }),
  };
  const p50 = { limit: [] as number[], sidecar: [] as number[] };
  const p99 = { limit: [] as number[], sidecar: [] as number[] };
  try {
    for (const worker of Object.values(workers)) worker.freeze();
    await rateOf(workers.sidecar, queues, WARM_UP);
    const half = (await rateOf(workers.limit, queues, WARM_UP)) / 2;
    for (let turn = 0; turn < turns; turn++) {
      for (const side of ['limit', 'sidecar'] as const) {
        const waits = await waitsOf(workers[side], queues, half);
        p50[side].push(percentile(waits, 0.5));
        p99[side].push(percentile(waits, 0.99));
      }
    }
  } finally {
    await Promise.all(Object.values(workers).map((worker) => worker.close()));
  }
  const figures: Figure[] = [
    { name: 'latency at half load, median', unit: 'ms', as: 'difference', ...p50 },
    { name: 'latency at half load, p99', unit: 'ms', as: 'difference', ...p99, target: { atMost: 1 } },
  ];
  figures.forEach(say);
  return figures;
}

/** Milliseconds from publish to arrival of each message, published evenly at a rate, whatever becomes of them. */
async function waitsOf(worker: Worker, { channel }: Bench['queues'], rate: number): Promise<number[]> {
  const waits: number[] = [];
  let arrived = Promise.withResolvers<void>();
  const { consumerTag } = await channel.consume(
    `asya-${SINK}`,
    (message) => {
      waits.push(performance.now() - startOf(message?.content));
      arrived.resolve();
    },
    { noAck: true },
  );
  worker.thaw();
  const startedAtMs = performance.now();
  let sent = 0;
  for (let nowMs = 0; nowMs < TURN_MS; nowMs = performance.now() - startedAtMs) {
    for (; sent < (nowMs * rate) / 1_000; sent++) publish();
    await sleep(TICK_MS);
  }
  while (waits.length < sent) {
    arrived = Promise.withResolvers();
    await arrived.promise;
  }
  await channel.cancel(consumerTag);
  worker.freeze();
  return waits;

  function publish(): void {
    const body = envelopeOf(PAYLOAD_BYTES, [worker.actor, SINK], String(performance.now()));
    channel.publish(EXCHANGE, worker.actor, body, { persistent: true, messageId: randomUUID() });
  }
}

/** The envelope's id tells when it was sent. */
function startOf(body: Buffer | undefined): number {
  const { id } = JSON.parse(body?.toString() ?? '{}') as { readonly id?: string };
  return Number(id);
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * share)] ?? NaN;
}
