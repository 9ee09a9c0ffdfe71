import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { isBalanced } from '../../src/cli/ledger/reconcile.ts';
import { formatReconciliation } from '../../src/cli/ledger/report.ts';
import type { Supervised } from '../../test/kit/processes/supervised.ts';
import { until } from '../../test/kit/processes/until.ts';
import { untilAccounted } from './chaos.ts';
import { closeWhenInterrupted } from './interrupt.ts';
import { endProcess, untilStarted } from './processes.ts';
import { openRabbitmqWorld } from './rabbitmqWorld.ts';
import { openScene, type Scene } from './scene.ts';

/**
 * How much of the throughput is left while two replicas of an actor are replaced, one after the
 * other:
 *
 *   npm run rolling                     a new one is at work before an old one is told to stop, as in a Deployment
 *   npm run rolling -- --in-place       each is told to stop, and started again, as in a StatefulSet
 *   npm run rolling -- --rabbitmq4      on RabbitMQ 4
 *
 * The actor is where the pipeline is narrowest: 8 calls at a time a replica, of 50 ms on average.
 */
const REPLICAS = ['infer', 'infer-2'];
const SPARE = 'infer-3';
const CALL_MS = 100;
const STEADY_MS = 15_000;
const ROUNDS = 3;
const BACKLOG = 600;

const { values } = parseArgs({
  options: {
    rabbitmq4: { type: 'boolean', default: false },
    'in-place': { type: 'boolean', default: false },
  },
});
const world = await openRabbitmqWorld(values.rabbitmq4 ? '4' : 'default');
closeWhenInterrupted(world);
try {
  const say = (text: string): void => console.log(text);
  const scene = await openScene({
    world,
    seed: 1,
    callMs: CALL_MS,
    replicas: { infer: REPLICAS.length + 1 },
    say,
  });
  try {
    process.exitCode = await measure(scene);
  } finally {
    await scene.close();
  }
} finally {
  await world.close();
}

async function measure(scene: Scene): Promise<number> {
  const { books, load } = scene;
  const restartAll = values['in-place'] ? createInPlace(scene) : createSurge(scene);
  await untilStarted(scene.pipeline, SPARE);
  await sidecarOf(scene, SPARE).stop();
  const feeding = setInterval(
    () => load.allow(load.sent + Math.max(0, BACKLOG - underWay(scene))),
    100,
  );
  await until(() => books.arrivals > BACKLOG, 'the pipeline is in full swing', 120_000);
  console.log('| round | arrivals a second, steady | during the restart | of the steady |');
  console.log('| --- | ---: | ---: | ---: |');
  for (let round = 1; round <= ROUNDS; round++) {
    const steady = await rateDuring(scene, () => sleep(STEADY_MS));
    const rolling = await rateDuring(scene, restartAll);
    console.log(
      `| ${round} | ${steady.toFixed(0)} | ${rolling.toFixed(0)} | ${(rolling / steady).toFixed(2)} |`,
    );
  }
  clearInterval(feeding);
  load.allow(load.sent);
  await load.pause();
  await untilAccounted(books, 120_000);
  const account = books.ledger.reconcile();
  console.log(`\n${formatReconciliation(account)}`);
  return isBalanced(account) ? 0 : 1;
}

function underWay({ books }: Scene): number {
  return books.ledger.reconcile().lost.length;
}

/** Arrivals a second. */
async function rateDuring({ books }: Scene, run: () => Promise<void>): Promise<number> {
  await books.read();
  const [arrivals, startedAtMs] = [books.arrivals, performance.now()];
  await run();
  await books.read();
  return ((books.arrivals - arrivals) / (performance.now() - startedAtMs)) * 1_000;
}

/** The next one only when the one before is at work again. */
function createInPlace({ pipeline }: Scene): () => Promise<void> {
  return async () => {
    for (const replica of REPLICAS) {
      const stop = await endProcess(pipeline, `stop of ${replica}`);
      requireZero(replica, stop?.code);
      await untilStarted(pipeline, replica);
    }
  };
}

/** Who was stopped last is the next to be started. */
function createSurge(scene: Scene): () => Promise<void> {
  const running = [...REPLICAS];
  let spare = SPARE;
  return async () => {
    for (const [at, old] of running.entries()) {
      sidecarOf(scene, spare).start();
      await untilStarted(scene.pipeline, spare);
      requireZero(old, await sidecarOf(scene, old).stop());
      running[at] = spare;
      spare = old;
    }
  };
}

function sidecarOf({ pipeline }: Scene, name: string): Supervised {
  const sidecar = pipeline.sidecars.get(name);
  if (sidecar === undefined) throw new Error(`there is no ${name}`);
  return sidecar;
}

function requireZero(name: string, code: number | null | undefined): void {
  if (code !== 0) throw new Error(`${name} ended with ${code}`);
}
