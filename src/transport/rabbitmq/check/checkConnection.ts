import { failed, ok, untilAborted, type CheckResult, type Finding } from '../../../check.ts';
import { formatDuration } from '../../../config/formats/duration.ts';
import {
  connectTo,
  sentenceOf,
  type Broker,
  type BrokerConnection,
  type ConnectFailure,
  type ConnectOptions,
} from '../connection/connect.ts';
import { closeConnection } from '../connection/lifetime.ts';
import { reasonOf } from '../connection/reply.ts';

export interface ConnectionCheckOptions extends ConnectOptions {
  /** The time limit for all brokers, in milliseconds. */
  readonly timeoutMs: number;
  readonly limit: AbortSignal;
}

/** The part of the time limit in which the brokers must answer. */
const SHARE = 0.9;

const CONNECTION = 'broker connection';
const LOGIN = 'login';
const VHOST = 'virtual host';

/**
 * Connects to the first broker that accepts, as a sidecar does. Returns undefined when none
 * accepts.
 */
export async function* checkConnection(
  options: ConnectionCheckOptions,
): AsyncGenerator<CheckResult, BrokerConnection | undefined> {
  const attempts: Attempt[] = [];
  try {
    const brokers = options.readBrokers();
    for (const broker of brokers) {
      const timeoutMs = Math.floor((options.timeoutMs * SHARE) / brokers.length);
      const attempt = await attemptConnection(broker, options, timeoutMs);
      attempts.push(attempt);
      if ('connection' in attempt) break;
    }
  } catch (error) {
    yield { check: CONNECTION, ...failed(reasonOf(error)) };
    return undefined;
  }
  yield* describeAttempts(attempts);
  const last = attempts.at(-1);
  return last !== undefined && 'connection' in last ? last.connection : undefined;
}

type Attempt =
  | { readonly broker: Broker; readonly connection: BrokerConnection }
  | {
      readonly broker: Broker;
      /** The step that failed. */
      readonly stage: keyof ConnectOptions['variables'];
      readonly problem: string;
    };

async function attemptConnection(
  broker: Broker,
  { readTlsOptions, variables, limit }: ConnectionCheckOptions,
  timeoutMs: number,
): Promise<Attempt> {
  const tls = broker.tls ? readTlsOptions() : {};
  const startedAtMs = performance.now();
  const connecting = connectTo(broker, { tls, name: 'asya-sidecar check', timeoutMs });
  try {
    const result = await untilAborted(() => connecting, limit);
    if (!('cause' in result)) return { broker, connection: result };
    const isLate = performance.now() - startedAtMs >= timeoutMs;
    const problem = isLate
      ? `${variables.address}: ${describeSilence(result, timeoutMs)}`
      : explain(result, variables);
    return { broker, stage: result.refusal?.stage ?? 'address', problem };
  } catch (error) {
    void connecting.then((result) => ('cause' in result ? undefined : closeConnection(result)));
    throw error;
  }
}

/** Yields the result of each step of the attempt that came farthest. */
function* describeAttempts(attempts: readonly Attempt[]): Generator<CheckResult> {
  const best = attempts.toSorted((a, b) => stepsOf(b) - stepsOf(a))[0];
  if (best === undefined) return;
  const others = attempts.flatMap((it) => (it === best || !('problem' in it) ? [] : [it.problem]));
  const { broker } = best;
  const findings: readonly (readonly [string, Finding])[] = [
    [CONNECTION, ok([describeServer(best), ...others].join('; '))],
    [LOGIN, ok(`user "${broker.username}"`)],
    [VHOST, ok(`"${broker.vhost}"`)],
  ];
  const steps = stepsOf(best);
  for (const [check, finding] of findings.slice(0, steps)) yield { check, ...finding };
  const check = findings[steps]?.[0];
  if (check === undefined || !('problem' in best)) return;
  const problems = steps === 0 ? attempts.flatMap(problemOf) : [best.problem];
  yield { check, ...failed(problems.join('; ')) };
}

/** The number of steps that succeeded: the connection, the login, the virtual host. */
function stepsOf(attempt: Attempt): number {
  if ('connection' in attempt) return 3;
  return { address: 0, login: 1, vhost: 2 }[attempt.stage];
}

function problemOf(attempt: Attempt): readonly string[] {
  return 'problem' in attempt ? [attempt.problem] : [];
}

function describeServer(attempt: Attempt): string {
  const { hostname, port, tls } = attempt.broker;
  const address = `${hostname}:${port}${tls ? ' (TLS)' : ''}`;
  if (!('connection' in attempt)) return address;
  const { version }: { version?: unknown } = attempt.connection.connection.serverProperties;
  return `${address}, RabbitMQ ${String(version)}`;
}

function describeSilence({ broker, socketConnected }: ConnectFailure, timeoutMs: number): string {
  const { hostname, port } = broker;
  const answer = socketConnected ? 'connected, but no AMQP answer' : 'no connection';
  return `${hostname}:${port}: ${answer} in ${formatDuration(timeoutMs)}`;
}

function explain(failure: ConnectFailure, variables: ConnectOptions['variables']): string {
  const sentence = sentenceOf(failure, variables);
  const hint = hintOf(failure);
  return hint === undefined ? sentence : `${sentence} (${hint})`;
}

/** Returns the likely cause of a failed TLS or opening handshake. */
function hintOf({ broker, cause, socketConnected, refusal }: ConnectFailure): string | undefined {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  if (code !== undefined) return TLS_HINTS.get(code);
  if (!socketConnected || refusal !== undefined) return undefined;
  return broker.tls ? undefined : 'does the port expect TLS, amqps://, or another protocol?';
}

const UNTRUSTED = 'the certificate is of an unknown authority: set ASYA_RABBITMQ_CA_FILE';
const NO_TLS = 'the port does not use TLS: amqp:// instead of amqps://?';

/** By the codes of OpenSSL and Node: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const TLS_HINTS: ReadonlyMap<string, string> = new Map([
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNTRUSTED],
  ['UNABLE_TO_GET_ISSUER_CERT', UNTRUSTED],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNTRUSTED],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNTRUSTED],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', UNTRUSTED],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'set ASYA_RABBITMQ_SERVER_NAME to the name in the certificate'],
  ['CERT_HAS_EXPIRED', "the broker's certificate has expired"],
  ['CERT_NOT_YET_VALID', "the broker's certificate is not valid yet: is the clock right?"],
  ['ERR_SSL_WRONG_VERSION_NUMBER', NO_TLS],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', NO_TLS],
]);
