import { setTimeout as sleep } from 'node:timers/promises';
import { MINUTE, SECOND } from '../src/units.ts';
import { openBroker, type Broker } from '../test/kit/brokers/broker.ts';
import type { Bench } from './bench.ts';
import { findBrokerProcess, type BrokerUsage } from './brokerUsage.ts';
import type { Figure } from './figures.ts';
import { declareQueues, openIdleActors, type Actors } from './idleActors.ts';

const MB = 1_000_000;
const COUNTS = [10, 100, 1_000];
/** Without failed calls, with all retry queues of the default delays, and with classic queues. */
const KINDS: readonly (Omit<Actors, 'count'> & { readonly name: string })[] = [
  { name: 'before retries', queueType: 'quorum', retryQueues: 0 },
  { name: 'all retry queues', queueType: 'quorum', retryQueues: 4 },
  { name: 'classic, before retries', queueType: 'classic', retryQueues: 0 },
];
/** The broker has finished the work of the connections, and the readings of metrics have begun. */
const SETTLE_MS = 15 * SECOND;
/** Contains each periodic request of a sidecar at least once. */
const WINDOW_MS = MINUTE;

/** The broker's use of resources with idle sidecars. */
interface Size extends BrokerUsage {
  /** From the start of a broker that has these queues until it accepts connections. */
  readonly startMs: number;
  /** Memory before a sidecar connects. */
  readonly unconnectedRssBytes: number;
  /** The share of one core. */
  readonly cpuShare: number;
}

/**
 * Measures what the queues and the idle sidecars of 10, 100 and 1,000 actors cost the broker. Each
 * measurement has a broker of its own, which is restarted after the queues were declared, so that
 * its memory does not contain the declarations. The sidecars are transports in this process.
 */
export async function measureSizing(bench: Bench): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const count of COUNTS) {
    for (const { name, ...kind } of KINDS) {
      const sizes: Size[] = [];
      for (let turn = 0; turn < bench.turns; turn++)
        sizes.push(await measureSize(bench.series, { count, ...kind }));
      const measured = figuresOf(`${count} actors, ${name}`, sizes);
      measured.forEach(bench.report);
      figures.push(...measured);
    }
  }
  return figures;
}

async function measureSize(series: Bench['series'], actors: Actors): Promise<Size> {
  const broker = await openBroker({ series });
  try {
    await declareQueues(broker.url, actors);
    await broker.stop();
    const startedAtMs = performance.now();
    await broker.start();
    const startMs = performance.now() - startedAtMs;
    return { startMs, ...(await measureIdle(broker, actors)) };
  } finally {
    await broker.close();
  }
}

async function measureIdle(broker: Broker, actors: Actors): Promise<Omit<Size, 'startMs'>> {
  const server = await findBrokerProcess(broker.control);
  await sleep(SETTLE_MS);
  const unconnectedRssBytes = server.rssBytes();
  const sidecars = await openIdleActors(broker.url, actors);
  try {
    await sleep(SETTLE_MS);
    const before = server.cpuUs();
    await sleep(WINDOW_MS);
    const cpuShare = (server.cpuUs() - before) / 1_000 / WINDOW_MS;
    return { cpuShare, unconnectedRssBytes, ...(await server.read()) };
  } finally {
    await sidecars.close();
  }
}

function figuresOf(name: string, sizes: readonly Size[]): readonly Figure[] {
  const figure = (what: string, unit: string, valueOf: (size: Size) => number): Figure => ({
    name: `${name}: ${what}`,
    unit,
    as: 'value',
    sidecar: sizes.map(valueOf),
  });
  return [
    figure('queues', '', (size) => size.queues),
    figure('connections', '', (size) => size.connections),
    figure('channels', '', (size) => size.channels),
    figure('memory', 'MB', (size) => size.rssBytes / MB),
    figure('memory without sidecars', 'MB', (size) => size.unconnectedRssBytes / MB),
    figure('peak of memory', 'MB', (size) => size.peakRssBytes / MB),
    figure('idle processor', '%', (size) => 100 * size.cpuShare),
    figure('start', 's', (size) => size.startMs / SECOND),
    figure('Erlang processes', '', (size) => size.erlangProcesses),
    figure('file descriptors', '', (size) => size.fileDescriptors),
    figure('disk', 'MB', (size) => size.diskBytes / MB),
  ];
}
