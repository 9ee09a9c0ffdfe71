import { setTimeout as sleep } from 'node:timers/promises';
import type { Queues } from './broker.ts';
import type { Figure } from './figures.ts';
import { LIMIT_ACTOR, openLimit, openSidecar, SINK, type Place, type Worker } from './worker.ts';

/** How many hops a second: the sidecar against the bare loop, in turns. */
export interface RateOptions {
  readonly name: string;
  readonly concurrency: number;
  /** Hops in one turn: enough for a second or two. */
  readonly hops: number;
  readonly payloadBytes: number;
  readonly target?: number | undefined;
  /** How many envelopes the runtime makes of one. */
  readonly copies?: number | undefined;
  /** Of the sidecar, where it is not to run without telemetry. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** The program of another build of the sidecar, to hold it against in place of the limit. */
  readonly against?: string | undefined;
  /** Words for node, before the sidecar. */
  readonly nodeOptions?: readonly string[] | undefined;
}

export async function measureRates(
  place: Place,
  queues: Queues,
  turns: number,
  { name, concurrency, hops, payloadBytes, target, copies, env, nodeOptions, against }: RateOptions,
): Promise<readonly Figure[]> {
  const workers = {
    limit:
      against === undefined
        ? await openLimit(place, { concurrency, copies })
        : await openSidecar(place, { concurrency, env, actor: LIMIT_ACTOR, program: against }),
    sidecar: await openSidecar(place, { concurrency, env, nodeOptions }),
  };
  const rates = { limit: [] as number[], sidecar: [] as number[] };
  const cpu = { limit: [] as number[], sidecar: [] as number[] };
  try {
    for (const worker of Object.values(workers)) worker.freeze();
    // The first turn only warms up.
    for (let turn = 0; turn <= turns; turn++) {
      for (const side of ['limit', 'sidecar'] as const) {
        const before = workers[side].cpuUs();
        const rate = await rateOf(workers[side], queues, payloadBytes, hops, copies);
        if (turn === 0) continue;
        rates[side].push(rate);
        cpu[side].push((workers[side].cpuUs() - before) / hops);
      }
    }
  } finally {
    await Promise.all(Object.values(workers).map((worker) => worker.close()));
  }
  const unit = copies === undefined ? 'hops/s' : 'envelopes/s';
  return [
    { name, unit, as: 'ratio', ...rates, ...(target === undefined ? {} : { target: { atLeast: target } }) },
    { name: `${name}: processor`, unit: 'µs/hop', as: 'ratio', ...cpu },
  ];
}

/** What goes out of a worker in a second, while it works off what stands in its queue. */
export async function rateOf(
  worker: Worker,
  queues: Queues,
  payloadBytes: number,
  hops: number,
  copies = 1,
): Promise<number> {
  await queues.fill(worker.actor, envelopeOf(payloadBytes, [worker.actor, SINK]), hops);
  const startedAtMs = performance.now();
  worker.thaw();
  await queues.untilSunk(hops * copies);
  const seconds = (performance.now() - startedAtMs) / 1_000;
  // The last acknowledgements are still on their way.
  await sleep(100);
  worker.freeze();
  await queues.purge();
  return (hops * copies) / seconds;
}

/** An envelope whose payload has so many bytes, on its way through these actors. */
export function envelopeOf(payloadBytes: number, actors: readonly string[]): Buffer {
  const text = 'The quick brown fox jumps over the lazy dog. ';
  const payload = { text: text.repeat(Math.ceil(payloadBytes / text.length)).slice(0, payloadBytes - 11) };
  return Buffer.from(
    JSON.stringify({
      id: 'env-8d1f2c60-52b9-4c35-9dc0-6d3a0f6e21d7',
      route: { actors, current: 0 },
      headers: {
        'x-asya-journey-id': 'env-8d1f2c60-52b9-4c35-9dc0-6d3a0f6e21d7',
        'x-asya-started-at': '2026-11-23T21:00:00.123Z',
        'x-asya-hops': 0,
      },
      payload,
    }),
  );
}
