import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseBrokerUrls } from '../../src/config/formats/brokerUrls.ts';
import { openRabbitmq } from '../../src/transport/rabbitmq/rabbitmq.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { openBroker } from '../../test/kit/brokers/broker.ts';
import {
  openPrometheus,
  type PrometheusServer,
} from '../../test/kit/telemetry/prometheusServer.ts';
import { rabbitmqOptions } from '../../test/kit/brokers/rabbitmqOptions.ts';
import type { Rabbitmqctl } from '../../test/kit/brokers/rabbitmqctl.ts';
import {
  startScriptedRuntime,
  type Script,
  type ScriptedRuntime,
} from '../../test/kit/runtimes/scriptedRuntime.ts';
import {
  startSidecarProcess,
  type SidecarProcess,
} from '../../test/kit/processes/sidecarProcess.ts';
import { openRefusableCollector, type RefusableCollector } from './collector.ts';
import { openNetwork, type Network } from './network.ts';
import { createInfer, errorEnd, prep, FANOUT_LIMIT, REPLY_LIMIT_BYTES } from './runtimes.ts';

/**
 * Sidecar processes on a real RabbitMQ, scraped by a real Prometheus; prep takes batches:
 *
 *   prep ─▶ infer (two replicas) ─▶ happy-end
 *                               └─▶ error-end
 */
export interface LivePipeline {
  readonly sidecars: Readonly<Record<Pod, SidecarProcess>>;
  readonly runtimes: Readonly<Record<PodWithRuntime, ScriptedRuntime>>;
  readonly prometheus: PrometheusServer;
  /** The connection between the sidecars and the broker. */
  readonly network: Network;
  readonly control: Rabbitmqctl;
  readonly collector: RefusableCollector;
  /** Connects to the broker directly, so that it stays connected when the network is down. */
  readonly producer: Transport;
  close(): Promise<void>;
}

type PodWithRuntime = 'prep' | 'infer-1' | 'infer-2' | 'error-end';
export type Pod = PodWithRuntime | 'happy-end';

export async function openLivePipeline(): Promise<LivePipeline> {
  const closers: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const each of closers.splice(0).toReversed()) await each();
  };
  try {
    return { ...(await open((closer) => closers.push(closer))), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Registers a cleanup; cleanups run in reverse order. */
type OnClose = (closer: () => unknown) => void;

async function open(onClose: OnClose): Promise<Omit<LivePipeline, 'close'>> {
  const folder = await mkdtemp(join(tmpdir(), 'asya-live-'));
  onClose(() => rm(folder, { recursive: true, force: true }));
  const broker = await openBroker();
  onClose(() => broker.close());
  const network = await openNetwork(broker.port);
  onClose(() => network.down());
  const collector = await openRefusableCollector();
  onClose(() => collector.close());
  const runtimes = await startRuntimes(folder, onClose);
  const sidecars = await startSidecars(folder, network, collector, onClose);
  const prometheus = await openPrometheus({
    folder,
    targets: Object.values(sidecars).map(({ url }) => new URL(url).host),
    rulesFile: 'dashboards/prometheus/rules.yaml',
  });
  onClose(() => prometheus.close());
  const producer = await openRabbitmq(rabbitmqOptions(parseBrokerUrls(broker.url) ?? []));
  onClose(() => producer.close());
  return { sidecars, runtimes, prometheus, network, control: broker.control, collector, producer };
}

async function startRuntimes(folder: string, onClose: OnClose): Promise<LivePipeline['runtimes']> {
  const start = async (pod: Pod, script: Script): Promise<ScriptedRuntime> => {
    await mkdir(join(folder, pod));
    const runtime = await startScriptedRuntime(join(folder, pod, 'asya-runtime.sock'), script);
    onClose(() => runtime.stop().catch(() => undefined)); // a step may have stopped it
    return runtime;
  };
  return {
    prep: await start('prep', prep),
    'infer-1': await start('infer-1', createInfer()),
    'infer-2': await start('infer-2', createInfer()),
    'error-end': await start('error-end', errorEnd),
  };
}

/** Starts sequentially: five concurrent starts exceed the start timeout on a busy machine. */
async function startSidecars(
  folder: string,
  network: Network,
  collector: RefusableCollector,
  onClose: OnClose,
): Promise<LivePipeline['sidecars']> {
  const start = async (
    pod: Pod,
    more: Readonly<Record<string, string>> = {},
  ): Promise<SidecarProcess> => {
    const sidecar = await startSidecarProcess({
      ...SETTINGS,
      ASYA_ACTOR_NAME: pod.replace(/-\d$/, ''),
      ASYA_SOCKET_DIR: join(folder, pod),
      ASYA_RABBITMQ_URL: `amqp://guest:guest@127.0.0.1:${network.port}/`,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      ...more,
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
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_BSP_SCHEDULE_DELAY: '500',
} as const;
