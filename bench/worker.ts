import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { killOnExit } from '../test/kit/processes/killOnExit.ts';
import { peakRssOf, rssOf } from '../test/kit/processes/memory.ts';
import { freePorts } from '../test/kit/processes/ports.ts';
import { PROGRAM } from '../test/kit/processes/program.ts';
import { until } from '../test/kit/processes/until.ts';

/** A consumer under test: a sidecar, the limit, or a group of either. */
export interface Worker {
  /** The actor whose queue it consumes. */
  readonly actor: string;
  /** Stops the processes with SIGSTOP. */
  freeze(): void;
  thaw(): void;
  /** Resident memory of its processes in bytes. */
  rssBytes(): number;
  /** Peak of resident memory of its processes in bytes. */
  peakRssBytes(): number;
  /** Processor time of its processes in microseconds. */
  cpuUs(): number;
  close(): Promise<void>;
}

/** The services that a worker connects to. */
export interface Environment {
  readonly amqpUrl: string;
  /** The folder of the runtime's socket. */
  readonly socketDir: string;
  /** A collector that accepts all requests. */
  readonly otlpUrl: string;
}

export const EXCHANGE = 'asya';
export const SINK = 'sink';
export const SIDECAR_ACTOR = 'work';
export const LIMIT_ACTOR = 'limit';

export const TELEMETRY_OFF: Readonly<Record<string, string>> = {
  OTEL_SDK_DISABLED: 'true',
  ASYA_METRICS_ENABLED: 'false',
  ASYA_LOG_LEVEL: 'warn',
};

export interface SidecarOptions {
  readonly concurrency: number;
  readonly actor?: string;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Arguments of Node before the program. */
  readonly nodeArguments?: readonly string[] | undefined;
  /** @default the build of this source */
  readonly program?: string;
  /** Words before the command, for example to start it in a memory cgroup. */
  readonly commandPrefix?: readonly string[] | undefined;
}

const START_TIMEOUT_MS = 60_000;

/** Starts the built sidecar; resolves when it is ready. */
export async function openSidecar(
  environment: Environment,
  options: SidecarOptions,
): Promise<Worker> {
  const {
    concurrency,
    actor = SIDECAR_ACTOR,
    env = TELEMETRY_OFF,
    nodeArguments = [],
    program = PROGRAM,
    commandPrefix = [],
  } = options;
  const [port = 0] = await freePorts(1);
  const [command, ...words] = [...commandPrefix, process.execPath, ...nodeArguments, program];
  const child = spawn(command, words, {
    env: {
      PATH: process.env['PATH'],
      ASYA_ACTOR_NAME: actor,
      ASYA_RABBITMQ_URL: environment.amqpUrl,
      ASYA_SOCKET_DIR: environment.socketDir,
      ASYA_CONCURRENCY: String(concurrency),
      ASYA_METRICS_ADDR: `127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: environment.otlpUrl,
      ...env,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  killOnExit(child);
  await until(() => isReady(port), 'the sidecar to be ready', START_TIMEOUT_MS);
  return workerOf(actor, child);
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  } catch {
    return false; // The sidecar does not listen yet.
  }
}

export interface LimitOptions {
  readonly concurrency: number;
  readonly copies?: number | undefined;
}

/** Starts the limit, a bare amqplib loop. */
export async function openLimit(
  environment: Environment,
  { concurrency, copies }: LimitOptions,
): Promise<Worker> {
  const child = fork(fileURLToPath(new URL('./limit.ts', import.meta.url)), [
    environment.amqpUrl,
    `${environment.socketDir}/asya-runtime.sock`,
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

/** Starts `count` workers on one queue, which freeze and thaw together. */
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
    cpuUs: () => cpuUsOf(pid),
    close: async () => {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Returns the processor time of a process with all its threads, in microseconds. */
export function cpuUsOf(pid: number): number {
  // The 12th and 13th field after the program's name, which may contain spaces, are the ticks in
  // user and system mode.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * US_PER_TICK;
}

const US_PER_TICK = 10_000;
