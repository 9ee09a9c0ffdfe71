import {
  AMQP_PORT,
  AMQPS_PORT,
  BrokerUrlError,
  BROKER_URLS_RULE,
  parseBrokerUrls,
  type Broker,
} from './formats/brokerUrls.ts';
import type { Values, VariableName } from './schema.ts';
import { FileError, readFile, readSecret } from './secretFile.ts';

/** The certificates (PEM) and the server name of a TLS connection to a broker. */
export interface TlsOptions {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly servername?: string;
}

/** The variables that apply to TLS connections only. */
export const TLS_VARIABLES = [
  'ASYA_RABBITMQ_CA_FILE',
  'ASYA_RABBITMQ_CERT_FILE',
  'ASYA_RABBITMQ_KEY_FILE',
  'ASYA_RABBITMQ_SERVER_NAME',
] as const satisfies readonly VariableName[];

/**
 * Returns the brokers in order of preference. Each call reads the mounted secrets again.
 * @throws {FileError}
 */
export function readBrokers(values: Values): readonly Broker[] {
  const content = readSecret(values, 'ASYA_RABBITMQ_URL_FILE');
  if (content !== undefined) return parseUrlFile(content, values);
  const urls = values.ASYA_RABBITMQ_URL;
  return urls === null ? [brokerFromParts(values)] : parseBrokerUrls(urls);
}

function parseUrlFile(content: string, values: Values): readonly Broker[] {
  try {
    const brokers = parseBrokerUrls(content);
    const problem = tlsProblemOf(brokers, values, 'ASYA_RABBITMQ_URL_FILE');
    if (problem !== undefined) throw new FileError(problem);
    return brokers;
  } catch (error) {
    if (!(error instanceof BrokerUrlError)) throw error;
    throw new FileError(
      `ASYA_RABBITMQ_URL_FILE: the content ${BROKER_URLS_RULE}: ${error.message}`,
    );
  }
}

/** Returns a problem if a variable requires TLS and a URL does not use it. */
export function tlsProblemOf(
  brokers: readonly Broker[],
  values: Values,
  source: 'ASYA_RABBITMQ_URL' | 'ASYA_RABBITMQ_URL_FILE',
): string | undefined {
  const name = TLS_VARIABLES.find((variable) => values[variable] !== null);
  return name !== undefined && brokers.some(({ tls }) => !tls)
    ? `${name} requires TLS: every URL of ${source} must begin with amqps://`
    : undefined;
}

/**
 * Returns the options of TLS connections. Each call reads the certificates and the key again.
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

/** Returns the names of the variables that set the address, the login and the virtual host. */
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

function brokerFromParts(values: Values): Broker {
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
