import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isBalanced, type Account } from '../../src/ledger.ts';
import { until } from '../helpers/until.ts';
import { createBooks, type Books } from './books.ts';
import { openCollector, type Collector } from './collector.ts';
import { isWanted, slowBody, startLoad, type Load } from './load.ts';
import { openPipeline, type Pipeline } from './pipeline.ts';
import type { Plan, Step } from './plan.ts';
import { createQuiet } from './quiet.ts';
import { createRandom } from './random.ts';
import type { Stage, World } from './world.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly envelopes: number;
  readonly plan: Plan;
  readonly world: World;
  /** Told what happens as it happens. */
  readonly say: (text: string) => void;
  /** How long nothing may arrive while something is missing before the run is given up, in milliseconds. */
  readonly patienceMs: number;
}

export interface Verdict {
  readonly account: Account;
  /** Error envelopes that nobody asked for: the start of each. */
  readonly blamed: readonly string[];
  /** The sidecars' exit codes when they were stopped at the end, by actor. */
  readonly exitCodes: ReadonlyMap<string, number | null>;
  /** What was in the queues when something was missing. */
  readonly queues: string;
}

/** True when nothing was lost, nothing is stuck, and no fault of the run became an error of an envelope. */
export function isGood({ account, blamed, exitCodes }: Verdict): boolean {
  return isBalanced(account) && blamed.length === 0 && [...exitCodes.values()].every((code) => code === 0);
}

/** Runs a pipeline under load while two hands ill-treat it, and tells what became of every envelope. */
export async function runChaos(options: ChaosOptions): Promise<Verdict> {
  const folder = await mkdtemp(join(tmpdir(), 'asya-chaos-'));
  const collector = await openCollector();
  const env = { ...COMMON, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...options.world.env };
  const pipeline = await openPipeline({ folder, env });
  const books = createBooks(pipeline.files, isWanted);
  const load = startLoad({ transport: options.world.transport, books, seed: options.seed });
  const reading = setInterval(() => void books.read(), 200);
  try {
    return await ruin({ ...options, pipeline, books, load, collector });
  } finally {
    clearInterval(reading);
    await load.close();
    await pipeline.close();
    await collector.stop();
    if (process.env['ASYA_CHAOS_KEEP'] === undefined) await rm(folder, { recursive: true, force: true });
    else options.say(`kept: ${folder}`);
  }
}

const COMMON = {
  ASYA_CONCURRENCY: '8',
  ASYA_RETRY_BACKOFF: '200ms,1s',
  // A kill counts as an attempt, and there are many.
  ASYA_RETRY_MAX_ATTEMPTS: '50',
  ASYA_SHUTDOWN_TIMEOUT: '10s',
  OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
  OTEL_TRACES_SAMPLER_ARG: '0.1',
};

interface Scene extends ChaosOptions {
  readonly pipeline: Pipeline;
  readonly books: Books;
  readonly load: Load;
  readonly collector: Collector;
}

async function ruin(scene: Scene): Promise<Verdict> {
  const { envelopes, plan, world, books, load, pipeline, patienceMs } = scene;
  const steps = plan.kills.length + plan.disasters.length;
  const quiet = createQuiet();
  const stage = stageOf(scene, quiet);
  let done = 0;

  async function follow(hand: readonly Step[], act: (fault: string) => Promise<void>): Promise<void> {
    for (const { pauseMs, fault } of hand) {
      await sleep(pauseMs);
      scene.say(`${load.sent} sent, ${books.arrivals} arrived: ${fault}`);
      load.allow(Math.ceil((envelopes * ++done) / steps));
      await act(fault);
    }
  }

  load.allow(Math.ceil(envelopes / steps));
  await until(() => books.arrivals > 0, 'the pipeline has started', 120_000);
  await Promise.all([
    follow(plan.kills, (fault) => quiet(async () => kill(pipeline, fault))),
    follow(plan.disasters, async (fault) => {
      await strike(scene, fault, stage);
      await untilMoving(scene, fault);
    }),
  ]);
  while (load.sent < envelopes) await sleep(50);
  scene.say(`${load.sent} sent, ${books.arrivals} arrived: no more faults`);
  const queues = (await untilAccounted(books, patienceMs)) ? '' : await world.describeQueues();
  const exitCodes = await pipeline.close();
  await books.read();
  return { account: books.ledger.account(), blamed: books.blamed, exitCodes, queues };
}

function kill({ sidecars, runtimes }: Pipeline, fault: string): void {
  const [kind, actor = ''] = fault.split(' of ');
  const target = (kind === 'sidecar' ? sidecars : runtimes).get(actor);
  if (target === undefined) throw new Error(`there is no ${fault}`);
  target.signal('SIGKILL');
}

async function strike({ world, collector }: Scene, fault: string, stage: Stage): Promise<void> {
  if (fault === 'collector dead') return restart(collector);
  const disaster = world.disasters[fault];
  if (disaster === undefined) throw new Error(`nobody knows how to make this: ${fault}`);
  await disaster(stage);
}

async function restart(collector: Collector): Promise<void> {
  await collector.stop();
  await sleep(3_000);
  await collector.start();
}

function stageOf(
  { seed, books, load, pipeline, patienceMs }: Scene,
  quiet: ReturnType<typeof createQuiet>,
): Stage {
  let slow = 0;
  return {
    random: createRandom(seed + 1),
    freeze: async (actor, ms) => {
      const sidecar = pipeline.sidecars.get(actor);
      sidecar?.signal('SIGSTOP');
      await sleep(ms);
      sidecar?.signal('SIGCONT');
    },
    alone: (run) =>
      quiet(async () => {
        await load.pause();
        await untilAccounted(books, patienceMs);
        await run();
        load.resume();
      }),
    sendSlow: async (count, from, takesMs) => {
      for (let sent = 0; sent < count; sent++) await load.sendOne(from, slowBody(++slow, from, takesMs));
    },
  };
}

/** The next fault must meet a pipeline at work: resolves when something arrives again, or everything has. */
async function untilMoving({ books, say }: Scene, fault: string): Promise<void> {
  const { arrivals } = books;
  const startedAtMs = performance.now();
  const waitedMs = (): number => Math.round(performance.now() - startedAtMs);
  while (books.arrivals === arrivals && !isComplete(books) && waitedMs() < 60_000) await sleep(250);
  if (waitedMs() > 2_000) say(`${waitedMs()} ms until something arrived after this: ${fault}`);
}

function isComplete({ ledger }: Books): boolean {
  const { lost, stuck } = ledger.account();
  return lost.length + stuck.length === 0;
}

/** Resolves to true when everything has arrived, and to false when nothing does any more. */
async function untilAccounted(books: Books, patienceMs: number): Promise<boolean> {
  let last = { arrivals: -1, atMs: performance.now() };
  for (;;) {
    await books.read();
    if (isComplete(books)) return true;
    if (performance.now() - last.atMs > patienceMs) return false;
    if (books.arrivals !== last.arrivals) last = { arrivals: books.arrivals, atMs: performance.now() };
    await sleep(500);
  }
}
