import { connect, type ChannelModel } from 'amqplib';
import { SECOND } from '../../../units.ts';
import { recordHandshake, type Refusal } from './handshake.ts';
import { reasonOf } from './reply.ts';
import { batchWrites } from './socket.ts';
import type { Backoff } from '../../../backoff.ts';

/** The address of a RabbitMQ server. */
export interface Server {
  readonly hostname: string;
  readonly port: number;
}

/** A RabbitMQ server to connect to. */
export interface Broker extends Server {
  readonly username: string;
  readonly password: string;
  readonly vhost: string;
  readonly tls: boolean;
}

/** Certificates and the expected server name of a TLS connection. Certificates and keys are PEM. */
export interface TlsOptions {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  /** The name that the server's certificate must contain, instead of the host name. */
  readonly servername?: string;
}

/** The names of the configuration variables that decide where and how to connect. */
export interface ConnectVariables {
  readonly address: string;
  readonly login: string;
  readonly vhost: string;
}

/**
 * The two functions are called at each attempt, since mounted secrets change while the process
 * runs.
 */
export interface ConnectOptions {
  /** Returns the brokers in the order in which they are tried. */
  readonly readBrokers: () => readonly Broker[];
  readonly readTlsOptions: () => TlsOptions;
  readonly variables: ConnectVariables;
  /**
   * The time limit of each attempt, in milliseconds.
   * @default 10,000
   */
  readonly connectTimeoutMs?: number | undefined;
}

/** An open connection and the address of its broker. */
export type BrokerConnection = ChannelModel & { readonly server: Server };

/**
 * No broker accepted a connection. `message` has one sentence for each broker; it begins with the
 * variable to correct.
 */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';
  /**
   * True when each broker refused the login or the virtual host. Further attempts fail until the
   * configuration or the broker's users change.
   */
  readonly refused: boolean;
  constructor(message: string, refused: boolean, options?: ErrorOptions) {
    super(message, options);
    this.refused = refused;
  }
}

const CONNECT_TIMEOUT_MS = 10 * SECOND;
/**
 * Three missed heartbeats end a connection. The broker tolerates an event loop that is blocked for
 * two.
 */
const HEARTBEAT_SECONDS = 15;

/**
 * Connects to the first broker that accepts.
 * @param name the connection's name in the broker's management tools
 * @throws {ConnectError}
 */
export async function connectToAny(
  options: ConnectOptions,
  name: string,
): Promise<BrokerConnection> {
  const failures: ConnectFailure[] = [];
  for (const broker of readOrFail(options.readBrokers)) {
    const tls = broker.tls ? readOrFail(options.readTlsOptions) : {};
    const result = await connectTo(broker, { tls, name, timeoutMs: options.connectTimeoutMs });
    if (!('cause' in result)) return result;
    failures.push(result);
  }
  const sentences = failures.map((failure) => sentenceOf(failure, options.variables));
  const refused = failures.every(({ refusal }) => refusal !== undefined);
  throw new ConnectError(sentences.join('; '), refused, { cause: failures.at(-1)?.cause });
}

/** A mounted file that cannot be read fails the attempt; the error names the file's variable. */
function readOrFail<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new ConnectError(reasonOf(cause), false, { cause });
  }
}

/** A broker did not accept a connection. */
export interface ConnectFailure {
  readonly broker: Broker;
  readonly cause: unknown;
  /** The socket was connected; the opening handshake failed. */
  readonly socketConnected: boolean;
  /** The broker's reply, if it ended the opening handshake. */
  readonly refusal: Refusal | undefined;
}

export interface ConnectToOptions {
  readonly tls: TlsOptions;
  /** The connection's name in the broker's management tools. */
  readonly name: string;
  /** @default 10,000 */
  readonly timeoutMs?: number | undefined;
}

/** Connects to one broker. Never rejects. */
export async function connectTo(
  broker: Broker,
  { tls, name, timeoutMs = CONNECT_TIMEOUT_MS }: ConnectToOptions,
): Promise<BrokerConnection | ConnectFailure> {
  const handshake = recordHandshake();
  try {
    const connecting = connect(amqpOptionsOf(broker), {
      ...tls,
      // Without noDelay a publish of more than 2 KiB waits 40 ms for the broker's delayed TCP
      // acknowledgement.
      noDelay: true,
      timeout: timeoutMs,
      clientProperties: { connection_name: name },
    });
    handshake.socketOpened();
    const connection = await connecting;
    // Without a listener an error ends the process. The same error is passed to 'close'.
    connection.on('error', () => {});
    batchWrites(connection);
    const { hostname, port } = broker;
    return Object.assign(connection, { server: { hostname, port } });
  } catch (cause) {
    const socketConnected = handshake.socketConnected();
    return { broker, cause, socketConnected, refusal: handshake.refusal() };
  } finally {
    handshake.stop();
  }
}

function amqpOptionsOf({ tls, hostname, port, username, password, vhost }: Broker) {
  return {
    protocol: tls ? 'amqps' : 'amqp',
    hostname,
    port,
    username,
    password,
    // amqplib decodes the virtual host, as if it were part of a URL.
    vhost: encodeURIComponent(vhost),
    heartbeat: HEARTBEAT_SECONDS,
  };
}

/** `ASYA_RABBITMQ_URL: rabbit:5672: NOT_ALLOWED - vhost nope not found`. */
export function sentenceOf(
  { broker, cause, refusal }: ConnectFailure,
  variables: ConnectVariables,
): string {
  const reason = refusal?.text ?? reasonOf(cause);
  return `${variables[refusal?.stage ?? 'address']}: ${broker.hostname}:${broker.port}: ${reason}`;
}
/** Finds a restarted broker soon; the jitter spreads the reconnects of many clients. */
export const RECONNECT_BACKOFF: Backoff = { minMs: 100, maxMs: 10 * SECOND, jitter: 1 };
