import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { formatReconciliation } from '../../src/cli/ledger/report.ts';
import { SECOND } from '../../src/units.ts';
import { closeOnInterrupt } from '../chaos/closeOnInterrupt.ts';
import type { FaultyBroker } from '../chaos/faultyBroker.ts';
import { openFaultyRabbitmq } from '../chaos/faultyRabbitmq.ts';
import { openFaultySqlite } from '../chaos/faultySqlite.ts';
import { readSeriesOptions } from '../../test/kit/brokers/releaseSeries.ts';
import { killOnExit } from '../../test/kit/processes/killOnExit.ts';
import { LogReader } from '../../test/kit/processes/logReader.ts';
import { PROGRAM } from '../../test/kit/processes/program.ts';
import { within } from '../../test/kit/processes/until.ts';
import { buildEarlier } from './earlierBuild.ts';
import { isSuccess, runUpgrade } from './upgrade.ts';

/**
 * Runs sidecars of an earlier commit and of the current one on the same queues, and reports where
 * every envelope ended:
 *
 *   npm run test:upgrade -- v0.1.0                 on RabbitMQ and on a SQLite file
 *   npm run test:upgrade -- v0.1.0 --sqlite        on the named brokers: --sqlite, --rabbitmq, --rabbitmq 4.3
 *   npm run test:upgrade -- v0.1.0 --batches       the current version makes batches of up to 8
 *
 * The commit is built in a temporary git worktree. The exit code is 0 when no envelope was lost and
 * no unexpected error occurred.
 */
const { series, words } = readSeriesOptions();
const { values, positionals } = parseArgs({
  args: [...words],
  allowPositionals: true,
  options: {
    sqlite: { type: 'boolean', default: false },
    batches: { type: 'boolean', default: false },
  },
});
const [revision, ...others] = positionals;
if (revision === undefined || others.length > 0) {
  console.error('usage: npm run test:upgrade -- COMMIT [--sqlite] [--rabbitmq [4.3]] [--batches]');
  process.exit(2);
}

const MAX_PRINTED_ERRORS = 20;
const BATCH_SIZE = 8;
const startedAtMs = performance.now();
const log = (text: string): void => {
  const seconds = (performance.now() - startedAtMs) / SECOND;
  console.log(`${seconds.toFixed(1).padStart(7)} s  ${text}`);
};

const earlier = await buildEarlier(revision);
let current: FaultyBroker | undefined;
closeOnInterrupt({
  close: async () => {
    await current?.close();
    await earlier.remove();
  },
});
log(`built ${earlier.commit}`);
try {
  const isNamed = values.sqlite || series.length > 0;
  for (const each of isNamed ? series : (['default'] as const)) {
    log(each === 'default' ? 'RabbitMQ' : `RabbitMQ ${each}`);
    if (!(await runOn(await openFaultyRabbitmq(each)))) process.exitCode = 1;
  }
  if (values.sqlite || !isNamed) {
    log('SQLite');
    if (!(await runOn(await openFaultySqlite(createWith(earlier.program))))) process.exitCode = 1;
  }
} finally {
  await earlier.remove();
}

async function runOn(broker: FaultyBroker): Promise<boolean> {
  current = broker;
  try {
    const batchSize = values.batches ? BATCH_SIZE : 1;
    const programs = { earlier: earlier.program, current: PROGRAM };
    const result = await runUpgrade({ broker, programs, batchSize, log });
    console.log(`\n${formatReconciliation(result.reconciliation)}`);
    if (result.failure !== undefined) console.log(`failed: ${result.failure}`);
    for (const error of result.unexpectedErrors.slice(0, MAX_PRINTED_ERRORS))
      console.log(`unexpected error: ${error}`);
    for (const exit of result.badExits) console.log(`unexpected exit code: ${exit}`);
    if (result.queues !== '') console.log(result.queues);
    return isSuccess(result);
  } finally {
    current = undefined;
    await broker.close();
  }
}

/** Creates a file with a sidecar of the earlier version. */
function createWith(program: string): (path: string) => Promise<void> {
  return async (path) => {
    const env = {
      ASYA_TRANSPORT: 'sqlite',
      ASYA_SQLITE_PATH: path,
      ASYA_ACTOR_NAME: 'happy-end',
      ASYA_RUNTIME_PROTOCOL: 'none',
      ASYA_METRICS_ADDR: '127.0.0.1:0',
    };
    const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    killOnExit(child);
    const ended = once(child, 'exit');
    await within(new LogReader(child.stdout).take('started'), 'the start of the earlier version');
    child.kill('SIGTERM');
    await ended;
  };
}
