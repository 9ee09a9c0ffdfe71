import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { isBalanced } from '../../src/cli/ledger/reconcile.ts';
import { formatReconciliation } from '../../src/cli/ledger/report.ts';
import { MINUTE, SECOND } from '../../src/units.ts';
import { readReleaseSeries } from '../../test/kit/brokers/releaseSeries.ts';
import { until } from '../../test/kit/processes/until.ts';
import { INNOCENT_BATCH_WORKLOAD } from './batches/batchWorkload.ts';
import { closeOnInterrupt } from './closeOnInterrupt.ts';
import { createFanoutWorkload } from './fanoutWorkload.ts';
import { openFaultyRabbitmq } from './faultyRabbitmq.ts';
import { openFaultySqlite } from './faultySqlite.ts';
import { readSample, type Sample } from './sample.ts';
import { openTestbed, type Testbed } from './testbed.ts';
import { untilAllArrived } from './untilAllArrived.ts';

/**
 * Runs a pipeline at 70 % of its top rate and reports the resources of its sidecars (Linux only):
 *
 *   npm run soak                        30 minutes on the installed RabbitMQ
 *   npm run soak -- --minutes 5         another duration
 *   npm run soak -- --rabbitmq 4.3      on another release series of RabbitMQ
 *   npm run soak -- --sqlite            on a SQLite file
 *   npm run soak -- --batches           with actors whose runtimes receive batches
 *
 * A row has the minimum of each figure in a fifth of the run. For the heap, that is the size after
 * a garbage collection.
 */
const { series, words } = readReleaseSeries();
const { values } = parseArgs({
  args: [...words],
  options: {
    minutes: { type: 'string', default: '30' },
    sqlite: { type: 'boolean', default: false },
    batches: { type: 'boolean', default: false },
  },
});
const TOP_RATE_MS = 30 * SECOND;
const BACKLOG = 500;
const LOAD_FACTOR = 0.7;
const ROWS = 5;
const SAMPLE_INTERVAL_MS = 2 * SECOND;
const FEED_INTERVAL_MS = 100;
const PACE_INTERVAL_MS = 20;
const TIMEOUT_MS = 2 * MINUTE;

const broker = await (values.sqlite ? openFaultySqlite() : openFaultyRabbitmq(series));
closeOnInterrupt(broker);
try {
  const testbed = await openTestbed({
    broker,
    seed: 1,
    workload: values.batches ? INNOCENT_BATCH_WORKLOAD : createFanoutWorkload(5),
    log: console.log,
  });
  try {
    process.exitCode = await soak(testbed, Number(values.minutes) * MINUTE);
  } finally {
    await testbed.close();
  }
} finally {
  await broker.close();
}

async function soak(testbed: Testbed, durationMs: number): Promise<number> {
  const { ledger, load } = testbed;
  load.sendUpTo(1);
  await until(() => ledger.arrivalCount > 0, 'the pipeline has started', TIMEOUT_MS);
  const topRate = await measureTopRate(testbed);
  const rate = topRate * LOAD_FACTOR;
  const seconds = durationMs / SECOND;
  console.log(
    `top rate ${topRate.toFixed(0)} envelopes/s; running at ${rate.toFixed(0)} for ${seconds} s`,
  );
  const pacing = pace(testbed, rate);
  await printSamples(testbed, durationMs);
  clearInterval(pacing);
  if (!(await drain(testbed)))
    console.log(`\nenvelopes missing:\n${await testbed.broker.describeQueues()}`);
  const reconciliation = ledger.reconcile();
  console.log(`\n${formatReconciliation(reconciliation)}`);
  return isBalanced(reconciliation) ? 0 : 1;
}

async function printSamples(testbed: Testbed, durationMs: number): Promise<void> {
  console.log('| from, s | sidecar | heap, MiB | resident, MiB | file handles | sockets |');
  console.log('| ---: | --- | ---: | ---: | ---: | ---: |');
  for (let row = 0; row < ROWS; row++) {
    const fromSeconds = Math.round((row * durationMs) / ROWS / SECOND);
    for (const [sidecar, minimum] of await sampleFor(testbed, durationMs / ROWS)) {
      const { heapMiB, residentMiB, handles, sockets } = minimum;
      const cells = [fromSeconds, sidecar, heapMiB, residentMiB, handles, sockets];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
}

/** The envelopes per second that the pipeline processes with a constant backlog. */
async function measureTopRate(testbed: Testbed): Promise<number> {
  const { ledger, load } = testbed;
  const feeding = setInterval(() => {
    const inTransit = ledger.reconcile().lost.length;
    load.sendUpTo(load.sentCount + Math.max(0, BACKLOG - inTransit));
  }, FEED_INTERVAL_MS);
  await until(() => ledger.arrivalCount > BACKLOG, 'the pipeline has warmed up', TIMEOUT_MS);
  const [arrivalCount, startedAtMs] = [ledger.arrivalCount, performance.now()];
  await sleep(TOP_RATE_MS);
  const elapsedMs = performance.now() - startedAtMs;
  const arrivalRate = ((ledger.arrivalCount - arrivalCount) / elapsedMs) * SECOND;
  clearInterval(feeding);
  await drain(testbed);
  const arrivalsPerEnvelope = ledger.arrivalCount / load.sentCount;
  return arrivalRate / arrivalsPerEnvelope;
}

/** Waits until all envelopes have arrived. Returns false when some are missing. */
async function drain({ ledger, load }: Testbed): Promise<boolean> {
  await load.pause();
  const isComplete = await untilAllArrived(ledger, TIMEOUT_MS);
  load.sendUpTo(load.sentCount);
  load.resume();
  return isComplete;
}

function pace({ load }: Testbed, ratePerSecond: number): NodeJS.Timeout {
  const [sentCount, startedAtMs] = [load.sentCount, performance.now()];
  return setInterval(() => {
    const elapsedSeconds = (performance.now() - startedAtMs) / SECOND;
    load.sendUpTo(sentCount + Math.floor(elapsedSeconds * ratePerSecond));
  }, PACE_INTERVAL_MS);
}

/** The minimum of each figure, by sidecar. */
async function sampleFor(
  { pipeline }: Testbed,
  durationMs: number,
): Promise<ReadonlyMap<string, Sample>> {
  const minima = new Map<string, Sample>();
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs) {
    for (const [name, sidecar] of pipeline.sidecars) {
      const sample = await readSample(sidecar);
      minima.set(name, minimumOf(minima.get(name) ?? sample, sample));
    }
    await sleep(SAMPLE_INTERVAL_MS);
  }
  return minima;
}

function minimumOf(a: Sample, b: Sample): Sample {
  return {
    heapMiB: Math.min(a.heapMiB, b.heapMiB),
    residentMiB: Math.min(a.residentMiB, b.residentMiB),
    handles: Math.min(a.handles, b.handles),
    sockets: Math.min(a.sockets, b.sockets),
  };
}
