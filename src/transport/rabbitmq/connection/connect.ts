import { connect, type ChannelModel } from 'amqplib';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSleep, delayAfter, type Backoff } from '../../../backoff.ts';
import type { Server } from '../../transport.ts';
import { recordHandshake, type Refusal } from './handshake.ts';
import { reasonOf } from './reply.ts';

/** A RabbitMQ server to connect to. */
export interface Broker extends Server {
  readonly username: string;
  readonly password: string;
  readonly vhost: string;
  readonly tls: boolean;
}

/** What a TLS connection shows and asks for; PEM. */
export interface TlsOptions {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  /** The name that the server's certificate must bear, in place of its host name. */
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
  /** The brokers, tried in turn. */
  readonly readBrokers: () => readonly Broker[];
  readonly readTlsOptions: () => TlsOptions;
  readonly variables: ConnectVariables;
}

/**
 * No broker accepted a connection. `message` has one sentence for each, with the variable to look
 * at.
 */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';
  /**
   * Each broker refused the login or the virtual host: another attempt fails too until that is
   * changed.
   */
  readonly refused: boolean;
  constructor(message: string, refused: boolean, options?: ErrorOptions) {
    super(message, options);
    this.refused = refused;
  }
}

const CONNECT_TIMEOUT_MS = 10_000;
/**
 * How long the broker may take to answer the end of a channel, which shows that it has what was
 * settled there.
 */
export const CLOSE_CHANNEL_TIMEOUT_MS = 2_000;
/** The same for a connection, whose end shows nothing more. */
const CLOSE_TIMEOUT_MS = 400;
// A black hole is noticed after three of these; the broker bears an event loop that is blocked for
// two.
const HEARTBEAT_SECONDS = 15;

/**
 * Connects to the first broker that accepts. `name` is shown to the broker's operators.
 * @throws {ConnectError}
 */
export async function connectToAny(options: ConnectOptions, name: string): Promise<ChannelModel> {
  const failures: Failure[] = [];
  for (const broker of readOrFail(options.readBrokers)) {
    const result = await connectTo(
      broker,
      broker.tls ? readOrFail(options.readTlsOptions) : {},
      name,
    );
    if (!('cause' in result)) return result.connection;
    failures.push(result);
  }
  const sentences = failures.map((failure) => describe(failure, options.variables));
  const refused = failures.every(({ refusal }) => refusal !== undefined);
  throw new ConnectError(sentences.join('; '), refused, { cause: failures.at(-1)?.cause });
}

/** A mounted file that cannot be read is a reason like any other; the error names its variable. */
function readOrFail<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new ConnectError(reasonOf(cause), false, { cause });
  }
}

interface Failure {
  readonly broker: Broker;
  readonly cause: unknown;
  /** The broker's reply, when it ended the opening handshake. */
  readonly refusal: Refusal | undefined;
}

async function connectTo(
  broker: Broker,
  tls: TlsOptions,
  name: string,
): Promise<{ readonly connection: ChannelModel } | Failure> {
  const { hostname, port, username, password } = broker;
  const handshake = recordHandshake();
  try {
    const connecting = connect(
      {
        protocol: broker.tls ? 'amqps' : 'amqp',
        hostname,
        port,
        username,
        password,
        // amqplib decodes it, as if it came from a URL.
        vhost: encodeURIComponent(broker.vhost),
        heartbeat: HEARTBEAT_SECONDS,
      },
      // Without noDelay a publish of more than 2 KiB waits 40 ms for the broker's delayed TCP
      // acknowledgement.
      {
        ...tls,
        noDelay: true,
        timeout: CONNECT_TIMEOUT_MS,
        clientProperties: { connection_name: name },
      },
    );
    handshake.socketOpened();
    const connection = await connecting;
    // The error is passed to 'close' too; without a listener it would end the process.
    connection.on('error', () => {});
    const socket = socketOf(connection);
    if (socket !== undefined) writeOncePerTurn(socket);
    servers.set(connection, { hostname, port });
    return { connection };
  } catch (cause) {
    return { broker, cause, refusal: handshake.refusal() };
  } finally {
    handshake.stop();
  }
}

/** `ASYA_RABBITMQ_URL: rabbit:5672: NOT_ALLOWED - vhost nope not found`. */
function describe({ broker, cause, refusal }: Failure, variables: ConnectVariables): string {
  const reason = refusal?.text ?? reasonOf(cause);
  return `${variables[refusal?.stage ?? 'address']}: ${broker.hostname}:${broker.port}: ${reason}`;
}

const servers = new WeakMap<ChannelModel, Server>();

/** Which of the brokers a connection leads to. */
export function serverOf(connection: ChannelModel): Server | undefined {
  return servers.get(connection);
}

/**
 * amqplib hands each frame to the kernel by itself; here all those of one turn of the event loop go
 * together.
 */
function writeOncePerTurn(socket: Duplex): void {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  let corked = false;
  const uncork = (): void => {
    corked = false;
    socket.uncork();
  };
  socket.write = (...args: unknown[]): boolean => {
    if (!corked) {
      corked = true;
      socket.cork();
      process.nextTick(uncork);
    }
    return write(...args);
  };
}

/** Resolves, with the reason where there is one, when a connection is closed by whomever. */
export function untilClosed(connection: ChannelModel): Promise<Error | undefined> {
  return new Promise((resolve) => connection.once('close', resolve));
}

/**
 * As the work on a connection ends; rejects when the connection is lost first, since amqplib may
 * never answer then.
 */
export async function whileOpen<T>(connection: ChannelModel, work: () => Promise<T>): Promise<T> {
  const lost = Promise.withResolvers<never>();
  const onClose = (error?: Error): void =>
    lost.reject(error ?? new Error('the connection to the broker was closed'));
  connection.once('close', onClose);
  try {
    return await Promise.race([work(), lost.promise]);
  } finally {
    connection.off('close', onClose);
  }
}

/**
 * Closes a connection: in order when the broker answers soon, else by cutting it. Never rejects.
 */
export async function hangUp(connection: ChannelModel): Promise<void> {
  // It says nothing to whoever closes it when it breaks meanwhile.
  await soon(Promise.race([connection.close(), untilClosed(connection)]), CLOSE_TIMEOUT_MS);
  cut(connection);
}

/** Resolves when the broker has answered, whatever the answer is, or when the time is over. */
export async function soon(answer: Promise<unknown>, timeoutMs: number): Promise<void> {
  const patience = new AbortController();
  await Promise.race([
    answer.catch(() => undefined), // what was to be closed is closed already
    sleep(timeoutMs, undefined, { signal: patience.signal }).catch(() => undefined), // answered meanwhile
  ]);
  patience.abort();
}

/** Ends a connection at once, as if the network had gone. */
export function cut(connection: ChannelModel): void {
  // amqplib only ends its side of the socket, which a broker that reads nothing keeps open for
  // ever.
  socketOf(connection)?.destroy(new Error('cut'));
}

/** amqplib has no name for it in its types. */
function socketOf({ connection }: ChannelModel): Duplex | undefined {
  const { stream } = connection as { stream?: unknown };
  return stream instanceof Duplex ? stream : undefined;
}

/** A broker that is back is found soon, and its clients do not all return at the same moment. */
export const RECONNECT: Backoff = { minMs: 100, maxMs: 10_000, jitter: 1 };

export interface KeepTryingOptions {
  /**
   * What ends sooner, in milliseconds, does not count as a success: it would be tried again without
   * a pause.
   */
  readonly stableMs: number;
  readonly stop: AbortSignal;
}

/**
 * Tries, and tries again whenever that ends, until it is stopped; waits longer after each attempt
 * that was no success.
 */
export async function keepTrying(
  attempt: () => Promise<void>,
  { stableMs, stop }: KeepTryingOptions,
): Promise<void> {
  const sleep = createSleep(stop);
  for (let failures = 1; !stop.aborted; failures++) {
    const startedAtMs = performance.now();
    await attempt();
    if (performance.now() - startedAtMs > stableMs) failures = 1;
    await sleep(delayAfter(failures, RECONNECT)).catch(() => undefined); // stopped while waiting
  }
}
