import { setTimeout as sleep } from 'node:timers/promises';
import type { Queues } from './broker.ts';
import type { Figure } from './figures.ts';
import { mapTurns, takeTurns, type Sides } from './turns.ts';
import {
  LIMIT_ACTOR,
  openGroup,
  openLimit,
  openSidecar,
  SINK,
  type Environment,
  type Worker,
} from './worker.ts';

/** The work of one worker in one turn. */
export interface Load {
  /** Should last one to two seconds. */
  readonly hops: number;
  readonly payloadBytes: number;
  /** Number of actors after the current one on the route. @default 1 */
  readonly routeLength?: number | undefined;
  /** Number of envelopes that the runtime returns for one. @default 1 */
  readonly copies?: number | undefined;
}

/** How to start both sides. */
export interface SideOptions extends Pick<Load, 'copies'> {
  /** The concurrency of each process. */
  readonly concurrency: number;
  /** Number of processes that consume the queue. @default 1 */
  readonly replicas?: number | undefined;
  /** Variables of the sidecar. @default telemetry off */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** The program of another build of the sidecar, which then replaces the limit. */
  readonly against?: string | undefined;
  /** Arguments of Node for the sidecar. */
  readonly nodeArguments?: readonly string[] | undefined;
}

export interface ComparisonOptions extends Load {
  readonly name: string;
  /** The position on the axis of a growth scenario. */
  readonly at?: number | undefined;
  /** The load before the first turn. @default the load of a turn */
  readonly warmUp?: Partial<Load> | undefined;
  readonly target?: number | undefined;
}

export interface RateOptions extends ComparisonOptions, SideOptions {}

/** Measures hops per second and processor time per hop of both sides, in alternating turns. */
export async function measureRates(
  environment: Environment,
  queues: Queues,
  turns: number,
  options: RateOptions,
): Promise<readonly Figure[]> {
  return compareSides(await openSides(environment, options), queues, turns, options);
}

/** Compares two workers in alternating turns, and closes them. */
export async function compareSides(
  workers: Sides<Worker>,
  queues: Queues,
  turns: number,
  options: ComparisonOptions,
): Promise<readonly Figure[]> {
  try {
    for (const worker of Object.values(workers)) worker.freeze();
    const warmUp = { ...options, ...options.warmUp };
    for (const worker of Object.values(workers)) await runLoad(worker, queues, warmUp);
    const costs = await takeTurns(turns, workers, (worker) => runLoad(worker, queues, options));
    return figuresOf(options, costs);
  } finally {
    await Promise.all(Object.values(workers).map((worker) => worker.close()));
  }
}

function figuresOf(options: ComparisonOptions, costs: Sides<readonly Cost[][]>): readonly Figure[] {
  const { name, at, hops, copies, target } = options;
  const unit = copies === undefined ? 'hops/s' : 'envelopes/s';
  const rates = mapTurns(
    costs,
    (all) => (hops * (copies ?? 1)) / meanOf(all.map(({ seconds }) => seconds)),
  );
  const processor = mapTurns(costs, (all) => meanOf(all.map(({ cpuUs }) => cpuUs)) / hops);
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

/** Starts a sidecar and the limit, or another build of the sidecar. */
export async function openSides(
  environment: Environment,
  { concurrency, replicas = 1, copies, env, nodeArguments, against }: SideOptions,
): Promise<Sides<Worker>> {
  const openLimitOrBuild = (): Promise<Worker> =>
    against === undefined
      ? openLimit(environment, { concurrency, copies })
      : openSidecar(environment, { concurrency, env, actor: LIMIT_ACTOR, program: against });
  return {
    limit: await openGroup(replicas, openLimitOrBuild),
    sidecar: await openGroup(replicas, () =>
      openSidecar(environment, { concurrency, env, nodeArguments }),
    ),
  };
}

/** The cost of a load. */
export interface Cost {
  readonly seconds: number;
  /** Processor time of the worker's processes. */
  readonly cpuUs: number;
}

/** Fills a worker's queue, and measures the time until all messages are in the sink. */
export async function runLoad(
  worker: Worker,
  queues: Queues,
  { payloadBytes, hops, routeLength = 1, copies = 1 }: Load,
): Promise<Cost> {
  const route = [worker.actor, ...Array.from({ length: routeLength }, () => SINK)];
  await queues.fill(worker.actor, envelopeOf(payloadBytes, route), hops);
  const cpuBeforeUs = worker.cpuUs();
  const startedAtMs = performance.now();
  worker.thaw();
  await queues.untilInSink(hops * copies);
  const seconds = (performance.now() - startedAtMs) / 1_000;
  // The broker may not have received the last acks yet.
  await sleep(100);
  worker.freeze();
  await queues.purge();
  return { seconds, cpuUs: worker.cpuUs() - cpuBeforeUs };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const ID = 'env-8d1f2c60-52b9-4c35-9dc0-6d3a0f6e21d7';

/** Creates an encoded envelope with a payload of `payloadBytes`. */
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
