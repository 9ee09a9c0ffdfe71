import { setTimeout as sleep } from 'node:timers/promises';
import type { Queues } from './broker.ts';
import type { Figure } from './figures.ts';
import { ofEach, takeTurns, type Sides } from './turns.ts';
import {
  LIMIT_ACTOR,
  openGroup,
  openLimit,
  openSidecar,
  SINK,
  type Place,
  type Worker,
} from './worker.ts';

/** What a worker gets to do in one turn. */
export interface Load {
  /** Enough for a second or two. */
  readonly hops: number;
  readonly payloadBytes: number;
  /** How many actors follow on the route. @default 1 */
  readonly routeLength?: number | undefined;
  /** How many envelopes the runtime makes of one. @default 1 */
  readonly copies?: number | undefined;
}

/** Who works beside whom. */
export interface Contest extends Pick<Load, 'copies'> {
  /** Of each process. */
  readonly concurrency: number;
  /** How many processes take from one queue. @default 1 */
  readonly replicas?: number | undefined;
  /** Of the sidecar, where it is not to run without telemetry. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** The program of another build of the sidecar, to hold it against in place of the limit. */
  readonly against?: string | undefined;
  /** Words for node, before the sidecar. */
  readonly nodeOptions?: readonly string[] | undefined;
}

export interface RateOptions extends Load, Contest {
  readonly name: string;
  /** Where the figure stands on the axis of what grows. */
  readonly at?: number | undefined;
  /** What goes through before anything is measured, where it is not the same as in a turn. */
  readonly warmUp?: Partial<Load> | undefined;
  readonly target?: number | undefined;
}

/** How many hops a second: the sidecar against the bare loop, in turns. */
export async function measureRates(
  place: Place,
  queues: Queues,
  turns: number,
  options: RateOptions,
): Promise<readonly Figure[]> {
  const workers = await openSides(place, options);
  try {
    for (const worker of Object.values(workers)) worker.freeze();
    const warmUp = { ...options, ...options.warmUp };
    for (const worker of Object.values(workers)) await workOff(worker, queues, warmUp);
    const costs = await takeTurns(turns, workers, (worker) => workOff(worker, queues, options));
    return figuresOf(options, costs);
  } finally {
    await Promise.all(Object.values(workers).map((worker) => worker.close()));
  }
}

function figuresOf(options: RateOptions, costs: Sides<readonly Cost[][]>): readonly Figure[] {
  const { name, at, hops, copies, target } = options;
  const unit = copies === undefined ? 'hops/s' : 'envelopes/s';
  const rates = ofEach(
    costs,
    (all) => (hops * (copies ?? 1)) / meanOf(all.map(({ seconds }) => seconds)),
  );
  const processor = ofEach(costs, (all) => meanOf(all.map(({ cpuUs }) => cpuUs)) / hops);
  return [
    {
      name,
      at,
      unit,
      as: 'ratio',
      ...rates,
      target: target === undefined ? undefined : { atLeast: target },
    },
    { name: `${name}: processor`, at, unit: 'µs/hop', as: 'ratio', ...processor },
  ];
}

/** What is held against what: a sidecar against the limit, or against another build of itself. */
export async function openSides(
  place: Place,
  { concurrency, replicas = 1, copies, env, nodeOptions, against }: Contest,
): Promise<Sides<Worker>> {
  const openLimitOrRival = (): Promise<Worker> =>
    against === undefined
      ? openLimit(place, { concurrency, copies })
      : openSidecar(place, { concurrency, env, actor: LIMIT_ACTOR, program: against });
  return {
    limit: await openGroup(replicas, openLimitOrRival),
    sidecar: await openGroup(replicas, () => openSidecar(place, { concurrency, env, nodeOptions })),
  };
}

/** What it took to work off what stood in a queue. */
export interface Cost {
  readonly seconds: number;
  /** Of the worker's own processes. */
  readonly cpuUs: number;
}

/** A worker works off a queue that is filled for it. */
export async function workOff(
  worker: Worker,
  queues: Queues,
  { payloadBytes, hops, routeLength = 1, copies = 1 }: Load,
): Promise<Cost> {
  const route = [worker.actor, ...Array.from({ length: routeLength }, () => SINK)];
  await queues.fill(worker.actor, envelopeOf(payloadBytes, route), hops);
  const cpuBeforeUs = worker.cpuUs();
  const startedAtMs = performance.now();
  worker.thaw();
  await queues.untilSunk(hops * copies);
  const seconds = (performance.now() - startedAtMs) / 1_000;
  // The last acknowledgements are still on their way.
  await sleep(100);
  worker.freeze();
  await queues.purge();
  return { seconds, cpuUs: worker.cpuUs() - cpuBeforeUs };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const ID = 'env-8d1f2c60-52b9-4c35-9dc0-6d3a0f6e21d7';

/** An envelope whose payload has so many bytes, on its way through these actors. */
export function envelopeOf(payloadBytes: number, actors: readonly string[], id = ID): Buffer {
  const text = 'The quick brown fox jumps over the lazy dog. ';
  const payload = {
    text: text.repeat(Math.ceil(payloadBytes / text.length)).slice(0, payloadBytes - 11),
  };
  return Buffer.from(
    JSON.stringify({
      id,
      route: { actors, current: 0 },
      headers: {
        'x-asya-journey-id': ID,
        'x-asya-started-at': '2026-11-23T21:00:00.123Z',
        'x-asya-hops': 0,
      },
      payload,
    }),
  );
}
