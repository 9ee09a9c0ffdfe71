import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { messageOf } from '../src/faults.ts';
import { openBroker } from './kit/brokers/broker.ts';
import { readReleaseSeries } from './kit/brokers/releaseSeries.ts';
import { installChromium } from './kit/browser/chromium.ts';
import { findGoProgram, type GoProgram } from './kit/programs/goProgram.ts';
import { installMonitoring } from './kit/telemetry/monitoringPrograms.ts';
import { ensurePrometheus3 } from './kit/telemetry/prometheus3.ts';

/**
 * Runs the tests with one private RabbitMQ for all of them:
 *
 *   npm test                         everything
 *   npm test -- framing transport    the files whose path has one of these in it
 *   npm test -- --test-only          what begins with a dash goes to node
 *   npm run test:rabbitmq4           the files with rabbitmq in their path, on RabbitMQ 4.0
 *   npm run test:rabbitmq4 -- 4.3    the same files, on RabbitMQ 4.3; or on 3.10
 *   npm run test:prometheus3         the files that use Prometheus, on Prometheus 3
 *   npm run test:charts              the files of test/suites/charts, which need a program that is
 *                                    built from source; the same for the other folders there
 *
 * A broker named by ASYA_TEST_AMQP_URL is used as it is, and left alone.
 */
// The time-out is that of a whole file, too. On a loaded machine some files take minutes.
const LIMITS = ['--test-concurrency=2', '--test-timeout=600000', '--test-reporter=spec'];

interface Suite {
  /** They are built before the tests, whose time is limited. */
  readonly programs: readonly GoProgram[];
  readonly needsBroker: boolean;
}

const SUITES: ReadonlyMap<string, Suite> = new Map([
  ['backends', { programs: ['collector', 'jaeger', 'loki'], needsBroker: true }],
  ['charts', { programs: ['helm'], needsBroker: false }],
  ['release', { programs: ['actionlint'], needsBroker: false }],
]);
const ALL: Suite = { programs: [], needsBroker: true };

const PROMETHEUS3 = '--prometheus3';
const SUITE = /^--suite=(\w+)$/;
const { series, words: others } = readReleaseSeries();
const words = others.filter((word) => !SUITE.test(word) && word !== PROMETHEUS3);
const onPrometheus3 = process.argv.includes(PROMETHEUS3);
const suite = process.argv.map((word) => SUITE.exec(word)?.[1]).find((name) => name !== undefined);
const { programs, needsBroker } = SUITES.get(suite ?? '') ?? ALL;
const options = words.filter((word) => word.startsWith('-'));
const patterns = words.filter((word) => !word.startsWith('-'));

const files = globSync(
  suite === undefined ? 'test/**/*.test.ts' : `test/suites/${suite}/**/*.test.ts`,
)
  .filter((file) => suite !== undefined || !file.startsWith('test/suites/'))
  .filter((file) => series === 'default' || file.includes('rabbitmq'))
  .filter((file) => !onPrometheus3 || /dashboards|telemetry\/metrics/.test(file))
  .filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)))
  .toSorted();
if (files.length === 0) {
  console.error(
    `no test file has ${[suite, ...patterns].filter(Boolean).join(' or ')} in its path`,
  );
  process.exit(1);
}

const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => stopped.abort(signal));
}

for (const program of programs) await findGoProgram(program);
if (onPrometheus3) Object.assign(process.env, await ensurePrometheus3().catch(exitWith));
if (files.some((file) => file.includes('dashboards') || file.includes('telemetry')))
  await installMonitoring().catch(exitWith);
if (files.some((file) => file.includes('browser'))) await installChromium();
const isExternal = process.env['ASYA_TEST_AMQP_URL'] !== undefined;
const broker = needsBroker && !isExternal ? await openBroker({ series }) : undefined;
try {
  const found =
    broker === undefined
      ? {}
      : { ASYA_TEST_AMQP_URL: broker.url, ASYA_TEST_RABBITMQCTL: JSON.stringify(broker.control) };
  process.exitCode = await runTests({
    ...process.env,
    ASYA_TEST_RABBITMQ_SERIES: series,
    ...found,
  });
} finally {
  await broker?.close();
}

function exitWith(error: unknown): never {
  console.error(messageOf(error));
  process.exit(1);
}

/** Runs node's test runner; resolves to its exit code. */
async function runTests(env: NodeJS.ProcessEnv): Promise<number> {
  if (stopped.signal.aborted) return 130;
  const child = spawn(process.execPath, ['--test', ...LIMITS, ...options, ...files], {
    env,
    stdio: 'inherit',
  });
  stopped.signal.addEventListener('abort', () => child.kill('SIGTERM'));
  await once(child, 'exit');
  return stopped.signal.aborted ? 130 : (child.exitCode ?? 1);
}
