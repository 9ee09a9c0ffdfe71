import { parseArgs } from 'node:util';
import { formatReconciliation } from '../../src/cli/ledger/report.ts';
import { MINUTE, SECOND } from '../../src/units.ts';
import { isSuccess, runChaos } from './chaos.ts';
import { readReleaseSeries } from '../../test/kit/brokers/releaseSeries.ts';
import { closeOnInterrupt } from './closeOnInterrupt.ts';
import { openFaultyRabbitmq } from './faultyRabbitmq.ts';
import { openFaultySqlite } from './faultySqlite.ts';
import type { GracefulStop } from './processFaults.ts';
import {
  createBatches,
  LONG_RABBITMQ,
  LONG_SHUTDOWNS,
  LONG_SQLITE,
  SHORT_RABBITMQ,
  SHORT_SHUTDOWNS,
  SHORT_SQLITE,
  type Scenario,
} from './scenarios.ts';

/**
 * Runs a pipeline for several minutes, injects faults, and reports where every envelope ended:
 *
 *   npm run chaos                            on the installed RabbitMQ
 *   npm run chaos -- --rabbitmq 4.3          on another release series of RabbitMQ
 *   npm run chaos -- --sqlite                on a SQLite file
 *   npm run chaos -- --shutdown              fifty graceful stops under load instead of faults
 *   npm run chaos -- --batches               batches whose items kill the runtime, hang and fail
 *   npm run chaos -- --seed 7                with the faults of an earlier run
 *   npm run chaos -- --envelopes 2000        with another number of envelopes
 *   npm run chaos -- --short                 500 envelopes and few faults, in a minute, as the tests do
 *
 * The exit code is 0 when all envelopes arrived and no fault caused an error.
 */
const { series, words } = readReleaseSeries();
const { values } = parseArgs({
  args: [...words],
  options: {
    seed: { type: 'string' },
    envelopes: { type: 'string' },
    shutdown: { type: 'boolean', default: false },
    batches: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
    sqlite: { type: 'boolean', default: false },
  },
});
const MAX_PRINTED_ERRORS = 20;
const scenario = selectScenario(values);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const startedAtMs = performance.now();
const log = (text: string): void => {
  const seconds = (performance.now() - startedAtMs) / SECOND;
  console.log(`${seconds.toFixed(1).padStart(7)} s  ${text}`);
};

log(`seed ${seed}`);
const broker = await (values.sqlite ? openFaultySqlite() : openFaultyRabbitmq(series));
closeOnInterrupt(broker);
try {
  const result = await runChaos({
    seed,
    scenario: { ...scenario, envelopes: Number(values.envelopes ?? scenario.envelopes) },
    broker,
    log,
    stallTimeoutMs: 4 * MINUTE,
  });
  log(`finished; seed ${seed}\n\n${formatReconciliation(result.reconciliation)}`);
  for (const error of result.unexpectedErrors.slice(0, MAX_PRINTED_ERRORS))
    console.log(`unexpected error: ${error}`);
  const { violations, summary } = result.examination;
  for (const violation of violations) console.log(`violation: ${violation}`);
  if (summary !== '') console.log(summary);
  if (result.queues !== '') console.log(`\n${result.queues}`);
  console.log(`exit codes: ${JSON.stringify(Object.fromEntries(result.exitCodes))}`);
  if (result.stops.length > 0) console.log(describeStops(result.stops));
  process.exitCode = isSuccess(result) ? 0 : 1;
} finally {
  await broker.close();
}

interface ScenarioOptions {
  readonly short: boolean;
  readonly sqlite: boolean;
  readonly shutdown: boolean;
  readonly batches: boolean;
}

function selectScenario({ short, sqlite, shutdown, batches }: ScenarioOptions): Scenario {
  if (batches) return createBatches(short, sqlite);
  if (shutdown) return short ? SHORT_SHUTDOWNS : LONG_SHUTDOWNS;
  if (sqlite) return short ? SHORT_SQLITE : LONG_SQLITE;
  return short ? SHORT_RABBITMQ : LONG_RABBITMQ;
}

function describeStops(stops: readonly GracefulStop[]): string {
  const times = stops.map(({ durationMs }) => Math.round(durationMs)).toSorted((a, b) => a - b);
  const median = times[times.length >> 1];
  const succeeded = stops.filter(({ code }) => code === 0).length;
  return `graceful stops: ${stops.length}, exit code 0: ${succeeded}, median ${median} ms, longest ${times.at(-1)} ms`;
}
