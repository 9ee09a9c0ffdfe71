import { readFileSync } from 'node:fs';
import {
  AMQP_PORT,
  AMQPS_PORT,
  BrokerUrlError,
  BROKER_URLS_RULE,
  parseBrokerUrls,
  type Broker,
} from './brokerUrls.ts';
import type { Values, VariableName } from '../schema.ts';

/** What a TLS connection to a broker shows and asks for; PEM. */
export interface TlsOptions {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly servername?: string;
}

/** A file that a variable names cannot be used. `message` names the variable and the rule. */
export class FileError extends Error {
  override readonly name = 'FileError';
}

/** Variables that only a TLS connection has a use for. */
export const TLS_VARIABLES = [
  'ASYA_RABBITMQ_CA_FILE',
  'ASYA_RABBITMQ_CERT_FILE',
  'ASYA_RABBITMQ_KEY_FILE',
  'ASYA_RABBITMQ_SERVER_NAME',
] as const satisfies readonly VariableName[];

/**
 * The brokers to connect to, in order of preference; mounted secrets are read anew.
 * @throws {FileError}
 */
export function readBrokers(values: Values): readonly Broker[] {
  const content = readSecret(values, 'ASYA_RABBITMQ_URL_FILE');
  if (content !== undefined) return brokersOfFile(content, values);
  const urls = values.ASYA_RABBITMQ_URL;
  return urls === null ? [brokerOfParts(values)] : parseBrokerUrls(urls);
}

function brokersOfFile(content: string, values: Values): readonly Broker[] {
  try {
    const brokers = parseBrokerUrls(content);
    const problem = tlsProblemOf(brokers, values, 'ASYA_RABBITMQ_URL_FILE');
    if (problem !== undefined) throw new FileError(problem);
    return brokers;
  } catch (error) {
    if (!(error instanceof BrokerUrlError)) throw error;
    throw new FileError(
      `ASYA_RABBITMQ_URL_FILE: its content ${BROKER_URLS_RULE}: ${error.message}`,
    );
  }
}

/**
 * Says which variable asks for TLS, where a broker has a URL without it; undefined when nothing is
 * wrong.
 */
export function tlsProblemOf(
  brokers: readonly Broker[],
  values: Values,
  source: 'ASYA_RABBITMQ_URL' | 'ASYA_RABBITMQ_URL_FILE',
): string | undefined {
  const name = TLS_VARIABLES.find((variable) => values[variable] !== null);
  return name !== undefined && brokers.some(({ tls }) => !tls)
    ? `${name} asks for TLS: every URL of ${source} must begin with amqps://`
    : undefined;
}

/**
 * Certificates and keys, read anew, for connections that use TLS.
 * @throws {FileError}
 */
export function readTlsOptions(values: Values): TlsOptions {
  const ca = readFile(values, 'ASYA_RABBITMQ_CA_FILE');
  const cert = readFile(values, 'ASYA_RABBITMQ_CERT_FILE');
  const key = readFile(values, 'ASYA_RABBITMQ_KEY_FILE');
  const servername = values.ASYA_RABBITMQ_SERVER_NAME;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === null ? {} : { servername }),
  };
}

/** The names of the variables that decide where to connect, and as whom. */
export function brokerVariableNames(values: Values): {
  address: string;
  login: string;
  vhost: string;
} {
  const urls = (['ASYA_RABBITMQ_URL_FILE', 'ASYA_RABBITMQ_URL'] as const).find(
    (name) => values[name] !== null,
  );
  if (urls !== undefined) return { address: urls, login: urls, vhost: urls };
  const password: VariableName =
    values.ASYA_RABBITMQ_PASSWORD_FILE === null
      ? 'ASYA_RABBITMQ_PASSWORD'
      : 'ASYA_RABBITMQ_PASSWORD_FILE';
  return {
    address: 'ASYA_RABBITMQ_HOST',
    login: `ASYA_RABBITMQ_USERNAME, ${password}`,
    vhost: 'ASYA_RABBITMQ_VHOST',
  };
}

function brokerOfParts(values: Values): Broker {
  const tls = TLS_VARIABLES.some((name) => values[name] !== null);
  return {
    hostname: values.ASYA_RABBITMQ_HOST,
    port: values.ASYA_RABBITMQ_PORT ?? (tls ? AMQPS_PORT : AMQP_PORT),
    username: values.ASYA_RABBITMQ_USERNAME,
    password:
      readSecret(values, 'ASYA_RABBITMQ_PASSWORD_FILE') ?? values.ASYA_RABBITMQ_PASSWORD ?? 'guest',
    vhost: values.ASYA_RABBITMQ_VHOST,
    tls,
  };
}

type FileVariable = Extract<VariableName, `${string}_FILE`>;

/** A secret without the line end that editors and `echo` put behind it. */
function readSecret(values: Values, name: FileVariable): string | undefined {
  return readFile(values, name)
    ?.toString('utf8')
    .replace(/\r?\n$/, '');
}

function readFile(values: Values, name: FileVariable): Buffer | undefined {
  const path = values[name];
  if (path === null) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    // Not the error's text: it has the path in it, and people put the secret itself there.
    throw new FileError(`${name}: the file cannot be read (${codeOf(error)})`, { cause: error });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
