import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { isBalanced } from '../../src/cli/ledger/reconcile.ts';
import { formatReconciliation } from '../../src/cli/ledger/report.ts';
import { until } from '../../test/kit/processes/until.ts';
import { untilAccounted } from './chaos.ts';
import { closeWhenInterrupted } from './interrupt.ts';
import { openRabbitmqWorld } from './rabbitmqWorld.ts';
import { openScene, type Scene } from './scene.ts';
import { openSqliteWorld } from './sqliteWorld.ts';
import { takeSample, type Sample } from './sample.ts';

/**
 * A pipeline at 70 % of its top rate, and whether its sidecars grow meanwhile (Linux only):
 *
 *   npm run soak                        30 minutes on RabbitMQ, as the machine has it
 *   npm run soak -- --minutes 5         shorter
 *   npm run soak -- --sqlite            on a SQLite file
 *
 * A row tells the least that was seen of each figure in its part of the run, which for the heap is
 * what is left after a collection.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    rabbitmq4: { type: 'boolean', default: false },
    sqlite: { type: 'boolean', default: false },
  },
});
const TOP_MS = 30_000;
const BACKLOG = 500;
const SHARE = 0.7;
const ROWS = 5;
const SAMPLE_MS = 2_000;
const SECOND_MS = 1_000;
const PATIENCE_MS = 120_000;

const world = await (values.sqlite
  ? openSqliteWorld()
  : openRabbitmqWorld(values.rabbitmq4 ? '4' : 'default'));
closeWhenInterrupted(world);
try {
  const scene = await openScene({ world, seed: 1, callMs: 5, say: console.log });
  try {
    process.exitCode = await soak(scene, Number(values.minutes) * 60 * SECOND_MS);
  } finally {
    await scene.close();
  }
} finally {
  await world.close();
}

async function soak(scene: Scene, lastsMs: number): Promise<number> {
  const { books, load } = scene;
  await until(async () => (load.allow(1), books.arrivals > 0), 'the pipeline has started', 120_000);
  const top = await topRate(scene);
  const rate = top * SHARE;
  console.log(
    `top rate ${top.toFixed(0)} envelopes a second; at ${rate.toFixed(0)} for ${lastsMs / SECOND_MS} s`,
  );
  console.log('| from, s | sidecar | heap, MiB | resident, MiB | file handles | sockets |');
  console.log('| ---: | --- | ---: | ---: | ---: | ---: |');
  const pacing = pace(scene, rate);
  for (let row = 0; row < ROWS; row++) {
    for (const [sidecar, least] of await sampleFor(scene, lastsMs / ROWS)) {
      const { heapMiB, residentMiB, handles, sockets } = least;
      const cells = [
        Math.round((row * lastsMs) / ROWS / SECOND_MS),
        sidecar,
        heapMiB,
        residentMiB,
        handles,
        sockets,
      ];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
  clearInterval(pacing);
  if (!(await settle(scene)))
    console.log(`\nnothing arrives any more:\n${await scene.world.describeQueues()}`);
  const account = books.ledger.reconcile();
  console.log(`\n${formatReconciliation(account)}`);
  return isBalanced(account) ? 0 : 1;
}

/** Envelopes a second while there is always something to do. */
async function topRate(scene: Scene): Promise<number> {
  const { books, load } = scene;
  const underWay = (): number => books.ledger.reconcile().lost.length;
  const feeding = setInterval(() => load.allow(load.sent + Math.max(0, BACKLOG - underWay())), 100);
  await until(() => books.arrivals > BACKLOG, 'the pipeline is in full swing', 120_000);
  const [arrivals, startedAtMs] = [books.arrivals, performance.now()];
  await sleep(TOP_MS);
  const rate = ((books.arrivals - arrivals) / (performance.now() - startedAtMs)) * SECOND_MS;
  clearInterval(feeding);
  await settle(scene);
  const arrivalsEach = books.arrivals / load.sent;
  return rate / arrivalsEach;
}

/** False when something is missing and nothing arrives any more. */
async function settle({ books, load }: Scene): Promise<boolean> {
  await load.pause();
  const isComplete = await untilAccounted(books, PATIENCE_MS);
  load.allow(load.sent);
  load.resume();
  return isComplete;
}

function pace({ load }: Scene, rate: number): NodeJS.Timeout {
  const [sent, startedAtMs] = [load.sent, performance.now()];
  return setInterval(() => {
    load.allow(sent + Math.floor(((performance.now() - startedAtMs) / SECOND_MS) * rate));
  }, 20);
}

/** The least of each figure, by sidecar. */
async function sampleFor(
  { pipeline }: Scene,
  lastsMs: number,
): Promise<ReadonlyMap<string, Sample>> {
  const least = new Map<string, Sample>();
  for (
    const endMs = performance.now() + lastsMs;
    performance.now() < endMs;
    await sleep(SAMPLE_MS)
  ) {
    for (const [name, sidecar] of pipeline.sidecars) {
      const sample = await takeSample(sidecar);
      const before = least.get(name) ?? sample;
      least.set(name, {
        heapMiB: Math.min(before.heapMiB, sample.heapMiB),
        residentMiB: Math.min(before.residentMiB, sample.residentMiB),
        handles: Math.min(before.handles, sample.handles),
        sockets: Math.min(before.sockets, sample.sockets),
      });
    }
  }
  return least;
}
