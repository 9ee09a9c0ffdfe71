import { setTimeout as sleep } from 'node:timers/promises';
import { isBalanced, type Reconciliation } from '../../src/cli/ledger/reconcile.ts';
import { until } from '../../test/kit/processes/until.ts';
import type { Books } from './books.ts';
import type { Collector } from './collector.ts';
import { slowBody } from './load.ts';
import { planOf, type Step } from './plan.ts';
import { endProcess, type Stop } from './processes.ts';
import { createQuiet } from './quiet.ts';
import { createRandom } from './random.ts';
import type { Scenario } from './scenarios.ts';
import { isComplete, openScene, type Scene } from './scene.ts';
import type { Stage, World } from './world.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly world: World;
  /** Told what happens as it happens. */
  readonly say: (text: string) => void;
  /**
   * How long nothing may arrive while something is missing before the run is given up, in
   * milliseconds.
   */
  readonly patienceMs: number;
}

export interface Verdict {
  readonly account: Reconciliation;
  /** Error envelopes that nobody asked for: the start of each. */
  readonly blamed: readonly string[];
  /** The sidecars' exit codes when they were stopped at the end, by actor. */
  readonly exitCodes: ReadonlyMap<string, number | null>;
  /** How those ended that were told to stop in between. */
  readonly stops: readonly Stop[];
  /** What was in the queues when something was missing. */
  readonly queues: string;
}

/**
 * True when nothing was lost, nothing is stuck, and no fault of the run became an error of an
 * envelope.
 */
export function isGood({ account, blamed, exitCodes, stops }: Verdict): boolean {
  const codes = [...exitCodes.values(), ...stops.map(({ code }) => code)];
  return isBalanced(account) && blamed.length === 0 && codes.every((code) => code === 0);
}

/**
 * Runs a pipeline under load while two hands ill-treat it, and tells what became of every envelope.
 */
export async function runChaos(options: ChaosOptions): Promise<Verdict> {
  const { world, seed, scenario, say } = options;
  const scene = await openScene({ world, seed, callMs: scenario.callMs, say });
  try {
    return await ruin({ ...options, ...scene });
  } finally {
    await scene.close();
  }
}

type Run = ChaosOptions & Scene;

async function ruin(scene: Run): Promise<Verdict> {
  const { seed, world, books, load, pipeline, patienceMs } = scene;
  const { envelopes } = scene.scenario;
  const plan = planOf({ seed, ...scene.scenario });
  const stops: Stop[] = [];
  const steps = plan.kills.length + plan.disasters.length;
  const quiet = createQuiet();
  const stage = stageOf(scene, quiet);
  let done = 0;

  async function follow(
    hand: readonly Step[],
    act: (fault: string) => Promise<void>,
  ): Promise<void> {
    for (const { pauseMs, fault } of hand) {
      await sleep(pauseMs);
      scene.say(`${load.sent} sent, ${books.arrivals} arrived: ${fault}`);
      // One step ahead, so that a fault meets a pipeline at work.
      load.allow(Math.ceil((envelopes * Math.min(++done + 1, steps)) / steps));
      await act(fault);
    }
  }

  load.allow(Math.ceil(envelopes / steps));
  await until(() => books.arrivals > 0, 'the pipeline has started', 120_000);
  await Promise.all([
    follow(plan.kills, async (fault) => {
      const stop = await quiet(() => endProcess(pipeline, fault));
      if (stop !== undefined) stops.push(stop);
    }),
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
  return { account: books.ledger.reconcile(), blamed: books.blamed, exitCodes, stops, queues };
}

async function strike({ world, collector }: Run, fault: string, stage: Stage): Promise<void> {
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
  { seed, books, load, pipeline, patienceMs }: Run,
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
        // What is stuck is told at the end; here it would be made worse.
        if (await untilAccounted(books, patienceMs)) await run();
        // A queue that is gone delivers nothing again: nobody may be killed who has something of it
        // in hand.
        await untilAccounted(books, patienceMs);
        load.resume();
      }),
    sendSlow: async (count, to, takesMs) => {
      const names = Array.from({ length: count }, () => `slow-${++slow}`);
      for (const name of names) await load.sendOne(to, slowBody(name, to, takesMs));
      // What the broker has handed out may have gone to a connection that is dead, until that is
      // noticed.
      await until(() => pipeline.hasBegun(to, names), 'slow envelopes are in hand', patienceMs);
    },
  };
}

/**
 * The next fault must meet a pipeline at work: resolves when something arrives again, or everything
 * has.
 */
async function untilMoving({ books, say }: Run, fault: string): Promise<void> {
  const { arrivals } = books;
  const startedAtMs = performance.now();
  const waitedMs = (): number => Math.round(performance.now() - startedAtMs);
  while (books.arrivals === arrivals && !isComplete(books) && waitedMs() < 60_000) await sleep(250);
  if (waitedMs() > 2_000) say(`${waitedMs()} ms until something arrived after this: ${fault}`);
}

/** Resolves to true when everything has arrived, and to false when nothing does any more. */
export async function untilAccounted(books: Books, patienceMs: number): Promise<boolean> {
  let last = { arrivals: -1, atMs: performance.now() };
  for (;;) {
    await books.read();
    if (isComplete(books)) return true;
    if (performance.now() - last.atMs > patienceMs) return false;
    if (books.arrivals !== last.arrivals)
      last = { arrivals: books.arrivals, atMs: performance.now() };
    await sleep(500);
  }
}
