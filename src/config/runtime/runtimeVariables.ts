import { MIB, MINUTE } from '../../units.ts';
import { oneOf, type Variable } from '../variable.ts';

const OPTIONAL = { default: null as string | null, nullable: true };

/** The variables that describe the runtime and the connections to it. */
export const RUNTIME_VARIABLES = {
  ASYA_SOCKET_DIR: {
    doc: "The directory of the runtime's Unix socket, asya-runtime.sock. ASYA_RUNTIME_URL replaces it.",
    format: 'socket directory',
    default: '/var/run/asya',
  },
  ASYA_RUNTIME_PROTOCOL: {
    doc: "The protocol on the runtime's socket. Only an end may use `none`, which means that it has no runtime.",
    ...oneOf('payload', ['payload', 'envelope', 'http', 'none']),
  },
  ASYA_RUNTIME_URL: {
    doc: 'The URL of the runtime, with the protocol `http`: `http://127.0.0.1:8000/predict`, `https://…`, `unix:/run/model.sock` or, with a path, `unix:/run/model.sock:/predict`.',
    format: 'runtime URL',
    ...OPTIONAL,
    sensitive: true,
    defaultDoc: 'the socket in ASYA_SOCKET_DIR',
  },
  ASYA_RUNTIME_HEADERS_FILE: {
    doc: 'A file with headers of each request, one `Name: value` a line, such as `Authorization`. It is read again at each connect, at least once a minute. Protocol `http` only.',
    format: 'path',
    ...OPTIONAL,
  },
  ASYA_RUNTIME_HEALTH_PATH: {
    doc: 'A path that answers GET with a status 2xx within 2 s while the runtime is ready. It is requested once a second. Protocol `http` only.',
    format: 'request path',
    ...OPTIONAL,
    defaultDoc: 'none; a connection is opened instead',
  },
  ASYA_RUNTIME_CA_FILE: {
    doc: 'The CA certificates (PEM) that verify the certificate of a runtime with an https URL. This file and the next two are read again at each connect.',
    format: 'path',
    ...OPTIONAL,
    defaultDoc: "Node's root certificates",
  },
  ASYA_RUNTIME_CERT_FILE: {
    doc: 'The client certificate (PEM) for the runtime.',
    format: 'path',
    ...OPTIONAL,
  },
  ASYA_RUNTIME_KEY_FILE: {
    doc: 'The private key (PEM) of the client certificate.',
    format: 'path',
    ...OPTIONAL,
  },
  ASYA_RUNTIME_SERVER_NAME: {
    doc: "The name that the runtime's certificate must contain.",
    format: 'string',
    ...OPTIONAL,
    defaultDoc: 'the host of the URL',
  },
  ASYA_RUNTIME_TIMEOUT: {
    doc: 'How long a call to the runtime may take.',
    format: 'duration',
    default: 5 * MINUTE,
  },
  ASYA_RUNTIME_TIMEOUT_ACTION: {
    doc: 'The action after a call has timed out: `continue`, or `exit` to end the process, for platforms that then restart the runtime too.',
    ...oneOf('continue', ['continue', 'exit']),
  },
  ASYA_RUNTIME_READY_TIMEOUT: {
    doc: 'How long the runtime may be unavailable before the sidecar logs an error.',
    format: 'duration',
    default: 5 * MINUTE,
  },
  ASYA_RUNTIME_MAX_REPLY_BYTES: {
    doc: 'The maximum size of a reply. A larger reply is rejected before it is read completely.',
    format: 'size',
    default: 64 * MIB,
  },
} satisfies Record<string, Variable>;
