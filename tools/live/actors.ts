import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  startScriptedRuntime,
  type Script,
  type ScriptedRuntime,
} from '../../test/kit/runtimes/scriptedRuntime.ts';
import {
  startSidecarProcess,
  type SidecarProcess,
  type Variables,
} from '../../test/kit/processes/sidecarProcess.ts';
import { createInfer, errorEnd, prep, FANOUT_LIMIT, REPLY_LIMIT_BYTES } from './runtimes.ts';

/**
 * Sidecar processes on RabbitMQ, and their runtimes; prep takes batches:
 *
 *   prep ─▶ infer (two replicas) ─▶ happy-end
 *                               └─▶ error-end
 */
export interface LiveActors {
  readonly sidecars: Readonly<Record<Pod, SidecarProcess>>;
  readonly runtimes: Readonly<Record<PodWithRuntime, ScriptedRuntime>>;
}

type PodWithRuntime = 'prep' | 'infer-1' | 'infer-2' | 'error-end';
export type Pod = PodWithRuntime | 'happy-end';

export interface LiveActorsOptions {
  /** The folder of the sockets. */
  readonly folder: string;
  readonly brokerPort: number;
  /** Returns further variables of a sidecar, such as those of its exporter. */
  readonly variablesOf: (pod: Pod) => Variables;
}

/** Registers a cleanup; cleanups run in reverse order. */
export type OnClose = (closer: () => unknown) => void;

/** Resolves when all sidecars are ready. */
export async function startActors(
  options: LiveActorsOptions,
  onClose: OnClose,
): Promise<LiveActors> {
  const runtimes = await startRuntimes(options.folder, onClose);
  return { runtimes, sidecars: await startSidecars(options, onClose) };
}

async function startRuntimes(folder: string, onClose: OnClose): Promise<LiveActors['runtimes']> {
  const start = async (pod: Pod, script: Script): Promise<ScriptedRuntime> => {
    await mkdir(join(folder, pod));
    const runtime = await startScriptedRuntime(join(folder, pod, 'asya-runtime.sock'), script);
    onClose(() => runtime.stop().catch(() => undefined)); // a step may have stopped it
    return runtime;
  };
  const infer = createInfer();
  return {
    prep: await start('prep', prep),
    'infer-1': await start('infer-1', infer),
    'infer-2': await start('infer-2', infer),
    'error-end': await start('error-end', errorEnd),
  };
}

/** Starts sequentially: five concurrent starts exceed the start timeout on a busy machine. */
async function startSidecars(
  { folder, brokerPort, variablesOf }: LiveActorsOptions,
  onClose: OnClose,
): Promise<LiveActors['sidecars']> {
  const start = async (pod: Pod, more: Variables = {}): Promise<SidecarProcess> => {
    const sidecar = await startSidecarProcess({
      ...SETTINGS,
      ASYA_ACTOR_NAME: pod.replace(/-\d$/, ''),
      ASYA_SOCKET_DIR: join(folder, pod),
      ASYA_RABBITMQ_URL: `amqp://guest:guest@127.0.0.1:${brokerPort}/`,
      ...more,
      ...variablesOf(pod),
    });
    onClose(() => sidecar.close());
    return sidecar;
  };
  const sidecars = {
    'happy-end': await start('happy-end', { ASYA_RUNTIME_PROTOCOL: 'none' }),
    'error-end': await start('error-end'),
    prep: await start('prep', BATCHES),
    'infer-1': await start('infer-1'),
    'infer-2': await start('infer-2'),
  };
  await Promise.all(Object.values(sidecars).map((sidecar) => sidecar.ready()));
  return sidecars;
}

/** The load is ten envelopes per second, so that a batch has two or three. */
const BATCHES = { ASYA_CONCURRENCY: '1', ASYA_BATCH_SIZE: '4', ASYA_BATCH_WAIT: '200ms' } as const;

const SETTINGS = {
  PATH: process.env['PATH'] ?? '',
  ASYA_LOG_FORMAT: 'json',
  ASYA_CONCURRENCY: '4',
  ASYA_RUNTIME_TIMEOUT: '5s',
  ASYA_RUNTIME_MAX_REPLY_BYTES: `${REPLY_LIMIT_BYTES}`,
  ASYA_MAX_FANOUT: `${FANOUT_LIMIT}`,
  ASYA_RETRY_MAX_ATTEMPTS: '2',
  ASYA_RETRY_BACKOFF: '500ms',
  ASYA_CONFIRM_TIMEOUT: '1s',
  ASYA_SHUTDOWN_TIMEOUT: '10s',
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_BSP_SCHEDULE_DELAY: '500',
} as const;
