import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { decodeHopsLine, type HopRecord } from '../../../../src/cli/tail/hopRecord.ts';
import { parseBrokerUrls } from '../../../../src/config/formats/brokerUrls.ts';
import { openRabbitmq } from '../../../../src/transport/rabbitmq/rabbitmq.ts';
import type { Transport } from '../../../../src/transport/transport.ts';
import {
  startActors,
  type LiveActors,
  type OnClose,
  type Pod,
} from '../../../../tools/live/actors.ts';
import { openNetwork, type Network } from '../../../../tools/live/network.ts';
import { openBroker } from '../../../kit/brokers/broker.ts';
import { rabbitmqOptions } from '../../../kit/brokers/rabbitmqOptions.ts';
import type { SidecarProcess, Variables } from '../../../kit/processes/sidecarProcess.ts';
import { openJaeger, type JaegerServer } from '../../../kit/telemetry/jaegerServer.ts';

/** Sidecar processes on a private RabbitMQ that export their spans to a private Jaeger. */
export interface Backend extends LiveActors {
  readonly jaeger: JaegerServer;
  readonly brokerUrl: string;
  /** The connection between the sidecars and the broker. */
  readonly network: Network;
  /** Connects to the broker directly, so that it stays connected when the network is down. */
  readonly producer: Transport;
  /** The hops of all sidecars so far, as `/hops` reports them. */
  readonly hops: readonly HopRecord[];
  /** Declares the queues of an actor that has no sidecar. */
  declare(actor: string): Promise<void>;
  /** Stops the sidecars, which export their last spans. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export interface BackendOptions {
  /** The path of Jaeger. */
  readonly program: string;
  /** Returns the variables of a sidecar that say where its spans go. */
  readonly exporterOf: (pod: Pod, jaeger: JaegerServer) => Variables;
}

export async function openBackend(options: BackendOptions): Promise<Backend> {
  const closers: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const each of closers.splice(0).toReversed()) await each();
  };
  try {
    return { ...(await open(options, (closer) => closers.push(closer))), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(
  { program, exporterOf }: BackendOptions,
  onClose: OnClose,
): Promise<Omit<Backend, 'close'>> {
  const folder = await mkdtemp(join(tmpdir(), 'asya-backend-'));
  onClose(() => rm(folder, { recursive: true, force: true }));
  const broker = await openBroker();
  onClose(() => broker.close());
  const network = await openNetwork(broker.port);
  onClose(() => network.down());
  const jaeger = await openJaeger(program);
  onClose(() => jaeger.close());
  const variablesOf = (pod: Pod): Variables => ({ ...SETTINGS, ...exporterOf(pod, jaeger) });
  const actors = await startActors({ folder, brokerPort: network.port, variablesOf }, onClose);
  const sidecars = Object.values(actors.sidecars);
  const hops: HopRecord[] = [];
  for (const { url } of sidecars) await followHops(url, (hop) => hops.push(hop));
  const connection = rabbitmqOptions(parseBrokerUrls(broker.url) ?? []);
  const producer = await openRabbitmq(connection);
  onClose(() => producer.close());
  return {
    ...actors,
    jaeger,
    brokerUrl: broker.url,
    network,
    producer,
    hops,
    async declare(actor) {
      const topology = { actor, happyEnd: 'happy-end', errorEnd: 'error-end', retryDelaysMs: [] };
      const transport = await openRabbitmq({ ...connection, topology });
      onClose(() => transport.close());
    },
    stop: () => stop(sidecars),
  };
}

/** A batch waits for its second envelope, and a retry for a queue, also on a busy machine. */
const SETTINGS = {
  ASYA_TRACE_MAX_FANOUT: '10',
  ASYA_BATCH_WAIT: '1s',
  ASYA_RETRY_BACKOFF: '2s',
  OTEL_LOGS_EXPORTER: 'none',
} as const;

/** Reads the hops of a sidecar until it ends. Resolves when all later hops will be read. */
async function followHops(url: string, onHop: (hop: HopRecord) => void): Promise<void> {
  const [input] = (await once(get(`${url}/hops`, { agent: false }), 'response')) as [
    IncomingMessage,
  ];
  input.on('error', () => {}); // the sidecar was killed
  createInterface({ input }).on('line', (text) => {
    const line = decodeHopsLine(text);
    if (line?.kind === 'hop') onHop(line.hop);
  });
}

async function stop(sidecars: readonly SidecarProcess[]): Promise<void> {
  for (const sidecar of sidecars) sidecar.kill('SIGTERM');
  await Promise.all(sidecars.map((sidecar) => sidecar.ended()));
}
