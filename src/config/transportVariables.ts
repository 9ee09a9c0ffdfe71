import { SECOND } from '../units.ts';
import { oneOf, type Variable } from './variable.ts';

const OPTIONAL = { default: null as string | null, nullable: true };

/** Which broker carries the envelopes, and how to reach it. */
export const TRANSPORT_VARIABLES = {
  ASYA_TRANSPORT: {
    doc: 'What carries the envelopes.',
    ...oneOf('rabbitmq', ['rabbitmq', 'sqlite', 'memory']),
  },
  ASYA_PREFETCH: {
    doc: 'How many unsettled deliveries the transport hands out at once.',
    format: 'count of deliveries',
    default: null as number | null,
    nullable: true,
    defaultDoc: 'ASYA_CONCURRENCY',
  },
  ASYA_RABBITMQ_URL: {
    doc: 'AMQP URLs, separated by commas and tried in turn. Wins over host, port, username, password and vhost.',
    format: 'AMQP URLs',
    ...OPTIONAL,
    sensitive: true,
  },
  ASYA_RABBITMQ_URL_FILE: {
    doc: 'A file with the value of ASYA_RABBITMQ_URL, read again at each reconnect.',
    format: 'path',
    ...OPTIONAL,
  },
  ASYA_RABBITMQ_HOST: { doc: 'The host of the broker.', format: 'text', default: 'localhost' },
  ASYA_RABBITMQ_PORT: {
    doc: 'The port of the broker.',
    format: 'TCP port',
    default: null as number | null,
    nullable: true,
    defaultDoc: '5672, with TLS 5671',
  },
  ASYA_RABBITMQ_USERNAME: { doc: 'The user.', format: 'text', default: 'guest' },
  ASYA_RABBITMQ_PASSWORD: {
    doc: "The user's password.",
    format: 'text',
    ...OPTIONAL,
    defaultDoc: 'guest',
    sensitive: true,
  },
  ASYA_RABBITMQ_PASSWORD_FILE: {
    doc: 'A file with the value of ASYA_RABBITMQ_PASSWORD, read again at each reconnect.',
    format: 'path',
    ...OPTIONAL,
  },
  ASYA_RABBITMQ_VHOST: { doc: 'The virtual host.', format: 'AMQP name', default: '/' },
  ASYA_RABBITMQ_CA_FILE: {
    doc: 'The certificates (PEM) that vouch for the broker. This or the next three ask for TLS where no URL is given.',
    format: 'path',
    ...OPTIONAL,
    defaultDoc: "Node's own list",
  },
  ASYA_RABBITMQ_CERT_FILE: {
    doc: 'The certificate (PEM) that this client shows.',
    format: 'path',
    ...OPTIONAL,
  },
  ASYA_RABBITMQ_KEY_FILE: {
    doc: 'The key (PEM) of that certificate.',
    format: 'path',
    ...OPTIONAL,
  },
  ASYA_RABBITMQ_SERVER_NAME: {
    doc: "The name that the broker's certificate must carry.",
    format: 'text',
    ...OPTIONAL,
    defaultDoc: 'the host',
  },
  ASYA_RABBITMQ_EXCHANGE: { doc: 'The topic exchange.', format: 'AMQP name', default: 'asya' },
  ASYA_RABBITMQ_PREFETCH: {
    doc: 'The earlier name of ASYA_PREFETCH.',
    format: 'count of deliveries',
    default: null as number | null,
    nullable: true,
    defaultDoc: 'ASYA_PREFETCH',
  },
  ASYA_RABBITMQ_QUEUE_TYPE: {
    doc: "The type of the actor's own queue, where it is made.",
    ...oneOf('quorum', ['quorum', 'classic']),
  },
  ASYA_QUEUE_AUTO_CREATE: {
    doc: 'Whether missing queues are made. If not, /readyz names what is missing, and it is looked for again.',
    format: 'switch',
    default: true,
  },
  ASYA_CONFIRM_TIMEOUT: {
    doc: 'How long the broker may take to confirm a publish before it is published again.',
    format: 'duration',
    default: 30 * SECOND,
  },
  ASYA_SQLITE_PATH: {
    doc: 'The file of the transport sqlite, which every process of the pipeline opens. A database of another program is refused.',
    format: 'database file',
    ...OPTIONAL,
    defaultDoc: 'required with the transport sqlite',
  },
} satisfies Record<string, Variable>;
