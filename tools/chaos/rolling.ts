import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { isBalanced } from '../../src/cli/ledger/reconcile.ts';
import { formatReconciliation } from '../../src/cli/ledger/report.ts';
import { MINUTE, SECOND } from '../../src/units.ts';
import { readReleaseSeries } from '../../test/kit/brokers/releaseSeries.ts';
import type { Supervised } from '../../test/kit/processes/supervised.ts';
import { until } from '../../test/kit/processes/until.ts';
import { closeOnInterrupt } from './closeOnInterrupt.ts';
import { createFanoutWorkload } from './fanoutWorkload.ts';
import { openFaultyRabbitmq } from './faultyRabbitmq.ts';
import { injectProcessFault, untilStarted } from './processFaults.ts';
import { openTestbed, type Testbed } from './testbed.ts';
import { untilAllArrived } from './untilAllArrived.ts';

/**
 * Measures the throughput while two replicas of an actor are replaced one after the other, relative
 * to the steady throughput:
 *
 *   npm run rolling                     starts a new replica before it stops an old one, as a Deployment does
 *   npm run rolling -- --in-place       stops and restarts each replica, as a StatefulSet does
 *   npm run rolling -- --rabbitmq 4.3   on another release series of RabbitMQ
 *   npm run rolling -- --batches        with batches of up to 8 envelopes
 *
 * The actor is the bottleneck of the pipeline: 8 concurrent calls per replica, of 50 ms on average.
 */
const REPLICAS = ['infer', 'infer-2'];
const SPARE = 'infer-3';
const MAX_CALL_MS = 100;
const BATCH_SIZE = 8;
const STEADY_MS = 15 * SECOND;
const ROUNDS = 3;
const BACKLOG = 600;
const FEED_INTERVAL_MS = 100;
const TIMEOUT_MS = 2 * MINUTE;

const { series, words } = readReleaseSeries();
const { values } = parseArgs({
  args: [...words],
  options: {
    'in-place': { type: 'boolean', default: false },
    batches: { type: 'boolean', default: false },
  },
});
const broker = await openFaultyRabbitmq(series);
closeOnInterrupt(broker);
try {
  const testbed = await openTestbed({
    broker,
    seed: 1,
    workload: createFanoutWorkload(MAX_CALL_MS, {
      replicas: { infer: REPLICAS.length + 1 },
      batchSize: values.batches ? BATCH_SIZE : 1,
    }),
    log: console.log,
  });
  try {
    process.exitCode = await measure(testbed);
  } finally {
    await testbed.close();
  }
} finally {
  await broker.close();
}

async function measure(testbed: Testbed): Promise<number> {
  const { ledger, load } = testbed;
  const restartAll = values['in-place']
    ? createInPlaceRestart(testbed)
    : createSurgeRestart(testbed);
  await untilStarted(testbed.pipeline, SPARE);
  await sidecarOf(testbed, SPARE).stop();
  const feeding = setInterval(() => {
    const missing = Math.max(0, BACKLOG - countInTransit(testbed));
    load.sendUpTo(load.sentCount + missing);
  }, FEED_INTERVAL_MS);
  await until(() => ledger.arrivalCount > BACKLOG, 'the pipeline has warmed up', TIMEOUT_MS);
  console.log('| round | steady, arrivals/s | during the restart, arrivals/s | ratio |');
  console.log('| --- | ---: | ---: | ---: |');
  for (let round = 1; round <= ROUNDS; round++) {
    const steady = await measureRate(testbed, () => sleep(STEADY_MS));
    const rolling = await measureRate(testbed, restartAll);
    const ratio = (rolling / steady).toFixed(2);
    console.log(`| ${round} | ${steady.toFixed(0)} | ${rolling.toFixed(0)} | ${ratio} |`);
  }
  clearInterval(feeding);
  load.sendUpTo(load.sentCount);
  await load.pause();
  await untilAllArrived(ledger, TIMEOUT_MS);
  const reconciliation = ledger.reconcile();
  console.log(`\n${formatReconciliation(reconciliation)}`);
  return isBalanced(reconciliation) ? 0 : 1;
}

/** The number of envelopes that were sent and have not arrived. */
function countInTransit({ ledger }: Testbed): number {
  return ledger.reconcile().lost.length;
}

/** Arrivals per second while a function runs. */
async function measureRate({ ledger }: Testbed, run: () => Promise<void>): Promise<number> {
  await ledger.readFiles();
  const [arrivalCount, startedAtMs] = [ledger.arrivalCount, performance.now()];
  await run();
  await ledger.readFiles();
  return ((ledger.arrivalCount - arrivalCount) / (performance.now() - startedAtMs)) * SECOND;
}

/** Restarts each replica after the previous one has started. */
function createInPlaceRestart({ pipeline }: Testbed): () => Promise<void> {
  return async () => {
    for (const replica of REPLICAS) {
      const stop = await injectProcessFault(pipeline, `stop sidecar of ${replica}`);
      requireZero(replica, stop?.code);
      await untilStarted(pipeline, replica);
    }
  };
}

/** Starts the stopped replica before it stops the next one. */
function createSurgeRestart(testbed: Testbed): () => Promise<void> {
  const running = [...REPLICAS];
  let spare = SPARE;
  return async () => {
    for (const [index, old] of running.entries()) {
      sidecarOf(testbed, spare).start();
      await untilStarted(testbed.pipeline, spare);
      requireZero(old, await sidecarOf(testbed, old).stop());
      running[index] = spare;
      spare = old;
    }
  };
}

function sidecarOf({ pipeline }: Testbed, name: string): Supervised {
  const sidecar = pipeline.sidecars.get(name);
  if (sidecar === undefined) throw new Error(`unknown sidecar "${name}"`);
  return sidecar;
}

function requireZero(name: string, code: number | null | undefined): void {
  if (code !== 0) throw new Error(`${name} exited with ${code}`);
}
