import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../../test/kit/processes/ports.ts';
import { PROGRAM } from '../../test/kit/processes/program.ts';
import { supervise, type Supervised } from '../../test/kit/processes/supervised.ts';
import type { ActorRole, Workload } from './workload.ts';

/** Actors and two ends, each with a sidecar process and a runtime process. */
export interface Pipeline {
  readonly sidecars: ReadonlyMap<string, Supervised>;
  readonly runtimes: ReadonlyMap<string, Supervised>;
  readonly files: PipelineFiles;
  /** Whether an actor's runtime has started to process the payloads with these names. */
  hasStarted(actor: string, names: readonly string[]): Promise<boolean>;
  /** Stops the sidecars, then the runtimes. Resolves to the sidecars' exit codes, by name. */
  close(): Promise<ReadonlyMap<string, number | null>>;
}

export interface PipelineFiles {
  /** The envelopes that happy-end has received, one per line. */
  readonly happyEnd: string;
  /** The envelopes that error-end has received, one per line. */
  readonly errorEnd: string;
  /** The sidecars' logs. */
  readonly logs: readonly string[];
  /** The files of the actors' runtimes, by the name of the pod. */
  readonly runtimes: ReadonlyMap<string, string>;
}

const END: ActorRole = {
  role: 'end',
  protocol: 'envelope',
  runtime: 'test/fixtures/chaosRuntime.ts',
};
const ENDS = { 'happy-end': END, 'error-end': END };

export interface PipelineOptions {
  /** The folder for sockets, logs and received envelopes. */
  readonly folder: string;
  /**
   * The program of the sidecars.
   * @default the program that `npm run build` creates
   */
  readonly program?: string;
  /** Additional variables of the sidecars. */
  readonly env: Readonly<Record<string, string>>;
  readonly workload: Pick<Workload, 'actors' | 'replicas'>;
}

interface Pod extends ActorRole {
  readonly name: string;
  readonly actor: string;
  /** Undefined if the runtime listens on a Unix socket. */
  readonly port: number | undefined;
}

async function listPods({ actors, replicas = {} }: PipelineOptions['workload']): Promise<Pod[]> {
  const pods = Object.entries({ ...actors, ...ENDS }).flatMap(([actor, role]) =>
    Array.from({ length: replicas[actor] ?? 1 }, (_, index) => ({
      name: index === 0 ? actor : `${actor}-${index + 1}`,
      actor,
      ...role,
    })),
  );
  const ports = await freePorts(pods.length);
  return pods.map((pod, index) => ({
    ...pod,
    port: pod.isTcp === true ? ports[index] : undefined,
  }));
}

export async function openPipeline(options: PipelineOptions): Promise<Pipeline> {
  const { folder, workload } = options;
  const pathOf = (name: string): string => join(folder, name);
  const sidecars = new Map<string, Supervised>();
  const runtimes = new Map<string, Supervised>();
  const pods = await listPods(workload);
  for (const pod of pods) {
    await mkdir(pathOf(pod.name));
    runtimes.set(pod.name, startRuntime(pod, options));
    sidecars.set(pod.name, startSidecar(pod, options));
  }
  return {
    sidecars,
    runtimes,
    files: {
      happyEnd: pathOf('happy-end.jsonl'),
      errorEnd: pathOf('error-end.jsonl'),
      logs: pods.map(({ name }) => pathOf(`${name}.log`)),
      runtimes: new Map(
        pods
          .filter(({ actor }) => Object.hasOwn(workload.actors, actor))
          .map(({ name }) => [name, pathOf(`${name}.jsonl`)]),
      ),
    },
    async hasStarted(actor, names) {
      // The file exists once the runtime has started to process a payload.
      const started = await readFile(pathOf(`${actor}.jsonl`), 'utf8').catch(() => '');
      const lines = new Set(started.split('\n'));
      return names.every((name) => lines.has(name));
    },
    async close() {
      const stopping = [...sidecars].map(
        async ([name, sidecar]) => [name, await sidecar.stop()] as const,
      );
      const codes = new Map(await Promise.all(stopping));
      await Promise.all([...runtimes.values()].map((runtime) => runtime.stop('SIGKILL')));
      return codes;
    },
  };
}

function startRuntime(pod: Pod, { folder, env }: PipelineOptions): Supervised {
  const { name, role, runtime, port, restartDelayMs } = pod;
  const address = port === undefined ? join(folder, name, 'asya-runtime.sock') : String(port);
  return supervise({
    command: [process.execPath, runtime, address, role, join(folder, `${name}.jsonl`)],
    env: { ...baseEnv(folder), ...env, ...pod.env },
    restartDelayMs,
    logFile: join(folder, `${name}.runtime.log`),
  });
}

function startSidecar(pod: Pod, { folder, program = PROGRAM, env }: PipelineOptions): Supervised {
  return supervise({
    command: [process.execPath, program],
    env: {
      ...baseEnv(folder),
      ...env,
      ...pod.env,
      ASYA_ACTOR_NAME: pod.actor,
      ...(pod.port === undefined
        ? { ASYA_SOCKET_DIR: join(folder, pod.name) }
        : { ASYA_RUNTIME_URL: `http://127.0.0.1:${pod.port}/predict` }),
      ASYA_RUNTIME_PROTOCOL: pod.protocol,
      ASYA_METRICS_ADDR: '127.0.0.1:0',
      ASYA_LOG_FORMAT: 'json',
    },
    logFile: join(folder, `${pod.name}.log`),
  });
}

function baseEnv(folder: string): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: folder };
}
