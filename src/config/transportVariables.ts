import { SECOND } from '../units.ts';
import { oneOf, type Variable } from './variable.ts';

const OPTIONAL = { default: null as string | null, nullable: true };

/** The variables that select the transport and configure it. */
export const TRANSPORT_VARIABLES = {
  ASYA_TRANSPORT: {
    doc: 'The transport that carries the envelopes.',
    ...oneOf('rabbitmq', ['rabbitmq', 'sqlite', 'memory']),
  },
  ASYA_PREFETCH: {
    doc: 'The maximum number of unsettled deliveries of this sidecar.',
    format: 'integer from 1 to 65535',
    default: null as number | null,
    nullable: true,
    defaultDoc: 'ASYA_CONCURRENCY × ASYA_BATCH_SIZE',
  },
  ASYA_RABBITMQ_URL: {
    doc: 'AMQP URLs, separated by commas and tried in order. They override host, port, username, password and virtual host.',
    format: 'AMQP URLs',
    ...OPTIONAL,
    sensitive: true,
  },
  ASYA_RABBITMQ_URL_FILE: {
    doc: 'A file that contains the value of ASYA_RABBITMQ_URL. It is read again at each reconnect.',
    format: 'path',
    ...OPTIONAL,
  },
  ASYA_RABBITMQ_HOST: { doc: "The broker's host.", format: 'string', default: 'localhost' },
  ASYA_RABBITMQ_PORT: {
    doc: "The broker's port.",
    format: 'TCP port',
    default: null as number | null,
    nullable: true,
    defaultDoc: '5672, or 5671 with TLS',
  },
  ASYA_RABBITMQ_USERNAME: {
    doc: 'The username at the broker.',
    format: 'string',
    default: 'guest',
  },
  ASYA_RABBITMQ_PASSWORD: {
    doc: 'The password at the broker.',
    format: 'string',
    ...OPTIONAL,
    defaultDoc: 'guest',
    sensitive: true,
  },
  ASYA_RABBITMQ_PASSWORD_FILE: {
    doc: 'A file that contains the value of ASYA_RABBITMQ_PASSWORD. It is read again at each reconnect.',
    format: 'path',
    ...OPTIONAL,
  },
  ASYA_RABBITMQ_VHOST: { doc: 'The virtual host.', format: 'AMQP name', default: '/' },
  ASYA_RABBITMQ_CA_FILE: {
    doc: "The CA certificates (PEM) that verify the broker's certificate. Without a URL, each of this and the next three variables enables TLS.",
    format: 'path',
    ...OPTIONAL,
    defaultDoc: "Node's root certificates",
  },
  ASYA_RABBITMQ_CERT_FILE: {
    doc: 'The client certificate (PEM).',
    format: 'path',
    ...OPTIONAL,
  },
  ASYA_RABBITMQ_KEY_FILE: {
    doc: 'The private key (PEM) of the client certificate.',
    format: 'path',
    ...OPTIONAL,
  },
  ASYA_RABBITMQ_SERVER_NAME: {
    doc: "The name that the broker's certificate must contain.",
    format: 'string',
    ...OPTIONAL,
    defaultDoc: 'the host',
  },
  ASYA_RABBITMQ_EXCHANGE: {
    doc: "The topic exchange to which the actors' queues are bound.",
    format: 'AMQP name',
    default: 'asya',
  },
  ASYA_RABBITMQ_PREFETCH: {
    doc: 'The former name of ASYA_PREFETCH.',
    format: 'integer from 1 to 65535',
    default: null as number | null,
    nullable: true,
    defaultDoc: 'ASYA_PREFETCH',
  },
  ASYA_RABBITMQ_QUEUE_TYPE: {
    doc: "The type with which the actor's queue is declared.",
    ...oneOf('quorum', ['quorum', 'classic']),
  },
  ASYA_QUEUE_AUTO_CREATE: {
    doc: 'Whether the sidecar declares missing exchanges, queues and bindings. If false, it waits until they exist, and /readyz names them.',
    format: 'boolean',
    default: true,
  },
  ASYA_CONFIRM_TIMEOUT: {
    doc: 'How long the broker may take to confirm a publish before the message is published again.',
    format: 'duration',
    default: 30 * SECOND,
  },
  ASYA_SQLITE_PATH: {
    doc: 'The database file of the transport `sqlite`, shared by all processes of the pipeline. A database of another program is rejected.',
    format: 'database file',
    ...OPTIONAL,
    defaultDoc: 'required with the transport sqlite',
  },
} satisfies Record<string, Variable>;
