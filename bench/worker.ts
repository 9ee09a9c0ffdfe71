import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { killOnExit } from '../test/kit/processes/killOnExit.ts';
import { peakRssOf, rssOf } from '../test/kit/processes/memory.ts';
import { freePorts } from '../test/kit/processes/ports.ts';
import { PROGRAM } from '../test/kit/processes/program.ts';
import { until } from '../test/kit/processes/until.ts';

/**
 * What takes from a queue and sends on: a sidecar, the limit that it is held against, or a group of
 * either.
 */
export interface Worker {
  /** The actor whose queue it takes from. */
  readonly actor: string;
  /** Stands still until it is told to go on, as if it got no time from the machine. */
  freeze(): void;
  thaw(): void;
  /** Memory of its processes, in bytes. */
  rssBytes(): number;
  /** The most memory that its processes ever had, in bytes. */
  peakRssBytes(): number;
  /** Time that its processes have had on a processor, in microseconds. */
  cpuUs(): number;
  close(): Promise<void>;
}

/** Where workers work. */
export interface Place {
  readonly amqpUrl: string;
  /** The folder of the runtime's socket. */
  readonly socketDir: string;
  /** A collector that takes everything. */
  readonly otlpUrl: string;
}

export const EXCHANGE = 'asya';
export const SINK = 'sink';
export const SIDECAR_ACTOR = 'work';
export const LIMIT_ACTOR = 'limit';

const TELEMETRY_OFF: Readonly<Record<string, string>> = {
  OTEL_SDK_DISABLED: 'true',
  ASYA_METRICS_ENABLED: 'false',
  ASYA_LOG_LEVEL: 'warn',
};

export interface SidecarOptions {
  readonly concurrency: number;
  readonly actor?: string;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Words for node, before the program. */
  readonly nodeOptions?: readonly string[] | undefined;
  /** @default the build of this source */
  readonly program?: string;
  /** Words that start a command somewhere else, such as in a memory cgroup. */
  readonly enter?: readonly string[] | undefined;
}

const START_TIMEOUT_MS = 60_000;

/** Starts a sidecar as it is built; resolves when it is ready to work. */
export async function openSidecar(place: Place, options: SidecarOptions): Promise<Worker> {
  const {
    concurrency,
    actor = SIDECAR_ACTOR,
    env = TELEMETRY_OFF,
    nodeOptions = [],
    program = PROGRAM,
    enter = [],
  } = options;
  const [port = 0] = await freePorts(1);
  const [command, ...words] = [...enter, process.execPath, ...nodeOptions, program];
  const child = spawn(command, words, {
    env: {
      PATH: process.env['PATH'],
      ASYA_ACTOR_NAME: actor,
      ASYA_RABBITMQ_URL: place.amqpUrl,
      ASYA_SOCKET_DIR: place.socketDir,
      ASYA_CONCURRENCY: String(concurrency),
      ASYA_METRICS_ADDR: `127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: place.otlpUrl,
      ...env,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  killOnExit(child);
  await until(() => isReady(port), 'a sidecar that is ready', START_TIMEOUT_MS);
  return workerOf(actor, child);
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  } catch {
    return false; // it does not listen yet
  }
}

export interface LimitOptions {
  readonly concurrency: number;
  readonly copies?: number | undefined;
}

/** Starts the bare loop that a sidecar is held against. */
export async function openLimit(
  place: Place,
  { concurrency, copies }: LimitOptions,
): Promise<Worker> {
  const child = fork(fileURLToPath(new URL('./limit.ts', import.meta.url)), [
    place.amqpUrl,
    `${place.socketDir}/asya-runtime.sock`,
    EXCHANGE,
    `asya-${LIMIT_ACTOR}`,
    SINK,
    String(concurrency),
    ...(copies === undefined ? [] : [String(copies)]),
  ]);
  killOnExit(child);
  await once(child, 'message');
  return workerOf(LIMIT_ACTOR, child);
}

/**
 * Starts so many workers on one queue, one after the other; they stand still and go on together.
 */
export async function openGroup(count: number, open: () => Promise<Worker>): Promise<Worker> {
  const first = await open();
  const workers = [first];
  while (workers.length < count) workers.push(await open());
  const sum = (valueOf: (worker: Worker) => number): number =>
    workers.reduce((total, worker) => total + valueOf(worker), 0);
  return {
    actor: first.actor,
    freeze: () => workers.forEach((worker) => worker.freeze()),
    thaw: () => workers.forEach((worker) => worker.thaw()),
    rssBytes: () => sum((worker) => worker.rssBytes()),
    peakRssBytes: () => sum((worker) => worker.peakRssBytes()),
    cpuUs: () => sum((worker) => worker.cpuUs()),
    close: async () => void (await Promise.all(workers.map((worker) => worker.close()))),
  };
}

function workerOf(actor: string, child: ChildProcess): Worker {
  const { pid } = child;
  if (pid === undefined) throw new Error(`the process of "${actor}" did not start`);
  const exited = once(child, 'exit');
  return {
    actor,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    rssBytes: () => rssOf(pid),
    peakRssBytes: () => peakRssOf(pid),
    cpuUs: () => cpuOf(pid),
    close: async () => {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Time that a process has had on a processor, with all its threads, in microseconds. */
function cpuOf(pid: number): number {
  // After the program's name, which may have spaces in it, the 12th and 13th field are ticks in
  // user and system mode.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * US_A_TICK;
}

const US_A_TICK = 10_000;
