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
import { openQueues, type Queues } from './broker.ts';
import { formatTable, isMet, resultOf, type Figure } from './figures.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';

/**
 * What the sidecar costs, on a RabbitMQ and with processes of its own, against the limit of this
 * stack:
 *
 *   npm run bench                     every scenario
 *   npm run bench -- rates payloads   some of them
 *   npm run bench -- --turns 3 --json results.json
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    turns: { type: 'string', default: '5' },
    json: { type: 'string' },
    /** Another build of the sidecar, to hold it against in place of the limit. */
    against: { type: 'string' },
    /** Where the sidecar's CPU profile of each scenario goes. */
    profile: { type: 'string' },
  },
});
// The workers end with this process, and a signal alone would not tell them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => process.exit(130));
const names = positionals.length > 0 ? positionals : Object.keys(SCENARIOS);
const broker = await openBroker();
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
      throw new Error(`no scenario "${name}"; there are ${Object.keys(SCENARIOS).join(', ')}`);
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

/** Each has its own runtime and its own queues, so that none inherits what another has left. */
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
      place: {
        amqpUrl: broker.url,
        socketDir,
        otlpUrl: `http://127.0.0.1:${String(collectorPort)}`,
      },
      queues,
      turns: Number(values.turns),
      against: values.against,
      nodeOptions:
        values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`],
      say: (figure) => console.log(formatTable([figure]).split('\n').at(-1)),
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
