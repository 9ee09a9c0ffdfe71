import { mkdtemp, rm } from 'node:fs/promises';
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
import { startActors, type LiveActors, type OnClose } from './actors.ts';
import { openRefusableCollector, type RefusableCollector } from './collector.ts';
import { openNetwork, type Network } from './network.ts';

/** Sidecar processes on a real RabbitMQ, scraped by a real Prometheus. */
export interface LivePipeline extends LiveActors {
  readonly prometheus: PrometheusServer;
  /** The connection between the sidecars and the broker. */
  readonly network: Network;
  readonly control: Rabbitmqctl;
  readonly collector: RefusableCollector;
  /** Connects to the broker directly, so that it stays connected when the network is down. */
  readonly producer: Transport;
  close(): Promise<void>;
}

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

async function open(onClose: OnClose): Promise<Omit<LivePipeline, 'close'>> {
  const folder = await mkdtemp(join(tmpdir(), 'asya-live-'));
  onClose(() => rm(folder, { recursive: true, force: true }));
  const broker = await openBroker();
  onClose(() => broker.close());
  const network = await openNetwork(broker.port);
  onClose(() => network.down());
  const collector = await openRefusableCollector();
  onClose(() => collector.close());
  const exporter = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  };
  const { runtimes, sidecars } = await startActors(
    { folder, brokerPort: network.port, variablesOf: () => exporter },
    onClose,
  );
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
