import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SECOND } from '../../src/units.ts';
import { discarding, replaying } from '../../test/kit/rigs/movingCommands.ts';
import { interruptCommand } from '../../test/kit/rigs/interruptedCommand.ts';
import { readReleaseSeries } from '../../test/kit/brokers/releaseSeries.ts';
import type { Variables } from '../../test/kit/processes/sidecarProcess.ts';
import { openBroker } from '../../test/kit/brokers/broker.ts';
import { rabbitmqOptions } from '../../test/kit/brokers/rabbitmqOptions.ts';
import { parseBrokerUrls } from '../../src/config/formats/brokerUrls.ts';
import { openRabbitmq } from '../../src/transport/rabbitmq/rabbitmq.ts';
import { openSqlite } from '../../src/transport/sqlite/sqlite.ts';
import type { InspectableTransport } from '../../src/transport/inspection/inspectableTransport.ts';
import { closeOnInterrupt } from './closeOnInterrupt.ts';
import { createRandom } from './random.ts';

/**
 * Kills `errors replay` or `errors discard` at random points while it moves many messages, and
 * reports where each message is afterwards:
 *
 *   npm run kills                          on the installed RabbitMQ, 20,000 messages and 30 kills
 *   npm run kills -- --discard             kills errors discard
 *   npm run kills -- --sqlite --messages 2000 --kills 10 --seed 7
 *
 * The exit code is 0 when no message is lost, and the queue kept its order.
 */
const TOPOLOGY = {
  actor: 'prep',
  happyEnd: 'happy-end',
  errorEnd: 'error-end',
  retryDelaysMs: [],
};

const { series, words } = readReleaseSeries();
const { values } = parseArgs({
  args: [...words],
  options: {
    messages: { type: 'string', default: '20000' },
    kills: { type: 'string', default: '30' },
    seed: { type: 'string' },
    discard: { type: 'boolean', default: false },
    sqlite: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const random = createRandom(seed);
const startedAtMs = performance.now();
const log = (text: string): void => {
  const seconds = (performance.now() - startedAtMs) / SECOND;
  console.log(`${seconds.toFixed(1).padStart(7)} s  ${text}`);
};

log(`seed ${seed}`);
const queues = await (values.sqlite ? openSqliteQueues() : openRabbitmqQueues());
closeOnInterrupt(queues);
try {
  const { transport, variables } = queues;
  const result = await interruptCommand(
    values.discard ? discarding(queues.folder) : replaying(transport, TOPOLOGY.actor),
    {
      transport,
      variables,
      ...TOPOLOGY,
      messages: Number(values.messages),
      kills: Number(values.kills),
      random: (limit) => random.below(limit),
      log,
    },
  );
  log(`${JSON.stringify(result, undefined, 2)}; seed ${seed}`);
  process.exitCode = result.lost.length === 0 && result.left === 0 && result.isInOrder ? 0 : 1;
} finally {
  await queues.close();
}

interface Queues {
  readonly transport: InspectableTransport;
  readonly variables: Variables;
  /** A folder for files. */
  readonly folder: string;
  readonly close: () => Promise<void>;
}

async function openRabbitmqQueues(): Promise<Queues> {
  const broker = await openBroker({ series });
  const options = rabbitmqOptions(parseBrokerUrls(broker.url) ?? []);
  const transport = await openRabbitmq({ ...options, topology: TOPOLOGY });
  const folder = await createFolder();
  const close = async (): Promise<void> => {
    await transport.close();
    await broker.close();
    await rm(folder, { recursive: true });
  };
  return { transport, variables: { ASYA_RABBITMQ_URL: broker.url }, folder, close };
}

async function openSqliteQueues(): Promise<Queues> {
  const folder = await createFolder();
  const path = join(folder, 'queues.db');
  const transport = await openSqlite({ path, topology: TOPOLOGY, onState: () => {} });
  const variables = { ASYA_TRANSPORT: 'sqlite', ASYA_SQLITE_PATH: path };
  const close = async (): Promise<void> => {
    await transport.close();
    await rm(folder, { recursive: true });
  };
  return { transport, variables, folder, close };
}

function createFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'asya-kills-'));
}
