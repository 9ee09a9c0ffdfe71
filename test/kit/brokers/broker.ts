import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openNode, type NodePorts } from './brokerNode.ts';
import { freePorts } from '../processes/ports.ts';
import type { Rabbitmqctl } from './rabbitmqctl.ts';
import { asUser, ensureInstallation, type Installation } from './rabbitmqInstallation.ts';
import { RELEASES, type ReleaseSeries } from './releaseSeries.ts';

/** A RabbitMQ node with private ports, cookie and data. Closing it removes all of them. */
export interface Broker {
  readonly url: string;
  readonly port: number;
  /** The port for TLS, if the configuration enables it. */
  readonly tlsPort: number;
  readonly control: Rabbitmqctl;
  /** Resolves when the broker accepts connections. */
  start(): Promise<void>;
  /** Shuts the broker down and keeps its data. */
  stop(): Promise<void>;
  /** Kills the broker, like a power failure, and keeps its data. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

export interface BrokerOptions {
  readonly series?: ReleaseSeries;
  /** Files to write into the broker's folder, by name. */
  readonly files?: Readonly<Record<string, string | Buffer>>;
  /** Returns lines of rabbitmq.conf. `folder` is the broker's folder. */
  readonly config?: (folder: string, tlsPort: number) => readonly string[];
}

/** Starts a broker and resolves when it accepts connections. */
export async function openBroker(options: BrokerOptions = {}): Promise<Broker> {
  const installation = await ensureInstallation(options.series ?? 'default');
  const [amqp = 0, tls = 0, epmd = 0, distribution = 0] = await freePorts(4);
  const ports = { amqp, tls, epmd, distribution };
  const folder = await makeFolder(installation, ports, options);
  const env = environmentOf(folder.inside, ports);
  const node = openNode(installation, env, ports);
  const close = async (): Promise<void> => {
    await node.close();
    // An Erlang process of the broker may still start and write its cookie; hence the retries.
    await rm(folder.outside, { recursive: true, force: true, maxRetries: 5 });
  };
  await node.start().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    ...node,
    url: `amqp://guest:guest@127.0.0.1:${amqp}`,
    port: amqp,
    tlsPort: tls,
    control: { command: asUser(installation, join(installation.bin, 'rabbitmqctl')), env },
    close,
  };
}

async function makeFolder(
  { root, user }: Installation,
  ports: NodePorts,
  { series = 'default', files = {}, config = () => [] }: BrokerOptions,
): Promise<{ inside: string; outside: string }> {
  const outside = await mkdtemp(join(root === '' ? tmpdir() : join(root, 'tmp'), 'asya-rabbitmq-'));
  const inside = outside.slice(root.length);
  const deprecated = series === 'default' ? [] : RELEASES[series].deprecated;
  const lines = [
    `listeners.tcp.1 = 127.0.0.1:${ports.amqp}`,
    ...deprecated.map((feature) => `deprecated_features.permit.${feature} = false`),
    ...config(inside, ports.tls),
  ];
  const all = {
    ...files,
    'rabbitmq.conf': lines.join('\n'),
    enabled_plugins: '[].',
    '.erlang.cookie': COOKIE,
  };
  const own = async (path: string): Promise<void> => user && chown(path, user.uid, user.gid);
  for (const [name, content] of Object.entries(all)) {
    await writeFile(join(outside, name), content);
    await own(join(outside, name));
  }
  await chmod(join(outside, '.erlang.cookie'), 0o400);
  await mkdir(join(outside, 'data'));
  await own(join(outside, 'data'));
  await own(outside);
  return { inside, outside };
}

const COOKIE = 'asya-sidecar-test';

function environmentOf(folder: string, ports: NodePorts): Record<string, string> {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin',
    HOME: folder,
    LANG: 'C.UTF-8',
    ERL_EPMD_PORT: String(ports.epmd),
    RABBITMQ_NODENAME: `asya-${ports.amqp}@localhost`,
    RABBITMQ_DIST_PORT: String(ports.distribution),
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: join(folder, 'data'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_LOGS: '-',
  };
}
