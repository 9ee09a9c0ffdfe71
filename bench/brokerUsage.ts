import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { rabbitmqctl, type Rabbitmqctl } from '../test/kit/brokers/rabbitmqctl.ts';
import { peakRssOf, rssOf } from '../test/kit/processes/memory.ts';
import { cpuUsOf } from './worker.ts';

/** What the operating system and Erlang report about a running broker. */
export interface BrokerUsage {
  readonly queues: number;
  readonly connections: number;
  readonly channels: number;
  readonly erlangProcesses: number;
  readonly fileDescriptors: number;
  readonly rssBytes: number;
  readonly peakRssBytes: number;
  /** The disk space of the data folder. */
  readonly diskBytes: number;
}

/** The operating system's process of a running broker (Linux only). */
export interface BrokerProcess {
  cpuUs(): number;
  rssBytes(): number;
  read(): Promise<BrokerUsage>;
}

const COUNTS = `[
  length(rabbit_amqqueue:list()),
  length(rabbit_networking:connections()),
  length(rabbit_channel:list()),
  erlang:system_info(process_count)
].`;
const BLOCK_BYTES = 512;

/** Finds the process of a broker; after a restart it is another one. */
export async function findBrokerProcess(control: Rabbitmqctl): Promise<BrokerProcess> {
  const pid = Number(JSON.parse(await rabbitmqctl(control, 'eval', 'os:getpid().')));
  // The broker may run in a root directory of its own.
  const folder = `/proc/${pid}/root${control.env['RABBITMQ_MNESIA_BASE']}`;
  return {
    cpuUs: () => cpuUsOf(pid),
    rssBytes: () => rssOf(pid),
    async read() {
      const memory = { rssBytes: rssOf(pid), peakRssBytes: peakRssOf(pid) };
      const counts: unknown = JSON.parse(await rabbitmqctl(control, 'eval', COUNTS));
      const [queues, connections, channels, erlangProcesses] = numbersOf(counts);
      return {
        queues,
        connections,
        channels,
        erlangProcesses,
        fileDescriptors: readdirSync(`/proc/${pid}/fd`).length,
        diskBytes: diskBytesOf(folder),
        ...memory,
      };
    },
  };
}

function numbersOf(value: unknown): [number, number, number, number] {
  const [a, b, c, d]: unknown[] = Array.isArray(value) ? value : [];
  return [Number(a), Number(b), Number(c), Number(d)];
}

function diskBytesOf(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).reduce(
    (total, name) => total + statSync(join(folder, name)).blocks * BLOCK_BYTES,
    0,
  );
}
