import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openBroker } from '../test/kit/brokers/broker.ts';
import { readReleaseSeries } from '../test/kit/brokers/releaseSeries.ts';
import { openQueues, type Queues } from './broker.ts';
import { formatTable, isMet, resultOf, type Figure } from './figures.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';

/**
 * Compares the sidecar with the limit of this stack, on a private RabbitMQ:
 *
 *   npm run bench                  all scenarios
 *   npm run bench -- c1 payloads   the named scenarios
 *   npm run bench -- --turns 3 --json results.json
 *   npm run bench -- sizing --rabbitmq 4.3   on another release series of RabbitMQ
 */
const { series, words } = readReleaseSeries();
const { values, positionals } = parseArgs({
  args: [...words],
  allowPositionals: true,
  options: {
    turns: { type: 'string', default: '5' },
    json: { type: 'string' },
    /** The program of another build of the sidecar, which then replaces the limit. */
    against: { type: 'string' },
    /** The folder for CPU profiles of the sidecar. */
    profile: { type: 'string' },
  },
});
// The workers end when this process exits, but not when a signal ends it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => process.exit(130));
const names = positionals.length > 0 ? positionals : Object.keys(SCENARIOS);
const broker = await openBroker({ series });
const collector = createServer((request, response) => {
  request.resume().on('end', () => response.end());
}).listen(0, '127.0.0.1');
await once(collector, 'listening');
const { port: collectorPort } = collector.address() as AddressInfo;
const figures: (Figure & { readonly scenario: string })[] = [];
try {
  for (const name of names) {
    const scenario = SCENARIOS[name];
    if (scenario === undefined)
      throw new Error(
        `"${name}" is not a scenario; scenarios are ${Object.keys(SCENARIOS).join(', ')}`,
      );
    figures.push(...(await runScenario(scenario)).map((figure) => ({ scenario: name, ...figure })));
  }
} finally {
  await broker.close();
  collector.close();
  collector.closeAllConnections();
}
console.log(`\n${formatTable(figures)}\n`);
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify(reportOf(figures), null, 2)}\n`);

/** Each scenario has a runtime and queues of its own, so that it inherits no state. */
async function runScenario({ copies, run }: Scenario): Promise<readonly Figure[]> {
  const socketDir = await mkdtemp(join(tmpdir(), 'asya-bench-'));
  const runtime = fork(fileURLToPath(new URL('./echoRuntime.ts', import.meta.url)), [
    join(socketDir, 'asya-runtime.sock'),
    ...(copies === undefined ? [] : [String(copies)]),
  ]);
  let queues: Queues | undefined;
  try {
    await once(runtime, 'message');
    queues = await openQueues(broker.url);
    return await run({
      environment: {
        amqpUrl: broker.url,
        socketDir,
        otlpUrl: `http://127.0.0.1:${String(collectorPort)}`,
      },
      queues,
      series,
      turns: Number(values.turns),
      against: values.against,
      nodeArguments:
        values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`],
      report: (figure) => console.log(formatTable([figure]).split('\n').at(-1)),
    });
  } finally {
    await queues?.close();
    runtime.kill();
    await rm(socketDir, { recursive: true });
  }
}

function reportOf(all: typeof figures): object {
  return {
    date: new Date().toISOString(),
    command: `npm run bench -- ${process.argv.slice(2).join(' ')}`,
    node: process.version,
    processors: cpus().map(({ model }) => model),
    figures: all.map((figure) => ({ ...figure, result: resultOf(figure), met: isMet(figure) })),
  };
}
