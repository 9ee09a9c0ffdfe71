import type { Address } from './address.ts';
import { TRANSPORT_VARIABLES } from './transportVariables.ts';
import { HOUR, KIB, MIB, MINUTE, SECOND } from '../units.ts';
import { oneOf, type Variable } from './variable.ts';

const METRICS_ADDRESS: Address = { host: undefined, port: 8080 };

const ACTOR_VARIABLES = {
  ASYA_ACTOR_NAME: {
    doc: 'The name of this actor: the queue that it serves, and how routes call it.',
    format: 'actor name',
    default: '',
    defaultDoc: 'required',
  },
  ASYA_IS_END_ACTOR: {
    doc: 'Whether this is an end: its runtime is called, and nothing is routed. False is an error for the two ends.',
    format: 'switch',
    default: null as boolean | null,
    nullable: true,
    defaultDoc: "true when the actor's name is an end's",
  },
  ASYA_ACTOR_HAPPY_END: {
    doc: 'The actor to which envelopes go after the last actor of their route.',
    format: 'actor name',
    default: 'happy-end',
  },
  ASYA_ACTOR_ERROR_END: {
    doc: 'The actor to which error envelopes go.',
    format: 'actor name',
    default: 'error-end',
  },
  ASYA_CONCURRENCY: {
    doc: 'How many envelopes are worked on at once. 1 keeps their order.',
    format: 'count of deliveries',
    default: 1,
  },
} satisfies Record<string, Variable>;

const RUNTIME_VARIABLES = {
  ASYA_SOCKET_DIR: {
    doc: "The directory of the runtime's socket, asya-runtime.sock.",
    format: 'socket directory',
    default: '/var/run/asya',
  },
  ASYA_RUNTIME_PROTOCOL: {
    doc: 'What is spoken on the socket. `none` is for ends: there is no runtime.',
    ...oneOf('payload', ['payload', 'envelope', 'http', 'none']),
  },
  ASYA_RUNTIME_TIMEOUT: {
    doc: 'How long a reply may take.',
    format: 'duration',
    default: 5 * MINUTE,
  },
  ASYA_RUNTIME_TIMEOUT_ACTION: {
    doc: 'What follows a reply that did not come in time: go on, or end the process, so that the pod starts anew.',
    ...oneOf('continue', ['continue', 'exit']),
  },
  ASYA_RUNTIME_READY_TIMEOUT: {
    doc: 'How long the runtime may be absent after the start before an error is logged.',
    format: 'duration',
    default: 5 * MINUTE,
  },
  ASYA_RUNTIME_MAX_REPLY_BYTES: {
    doc: 'Replies over this size are refused without being read.',
    format: 'size',
    default: 64 * MIB,
  },
} satisfies Record<string, Variable>;

const LIMIT_VARIABLES = {
  ASYA_RETRY_MAX_ATTEMPTS: {
    doc: 'How often an envelope is tried, the first time included. What crashed among others at its last attempt is tried once more, alone.',
    format: 'count from 1',
    default: 5,
  },
  ASYA_RETRY_BACKOFF: {
    doc: 'The delay after the first attempt, the second …; the last one serves for all that follow.',
    format: 'durations',
    default: [SECOND, 5 * SECOND, 30 * SECOND, 2 * MINUTE] as readonly number[],
  },
  ASYA_RETRY_ERRORS: {
    doc: 'Exception classes of the runtime that are tried again, compared with `type` and `mro` of its errors.',
    format: 'names',
    default: [] as readonly string[],
  },
  ASYA_MAX_DEFERRALS: {
    doc: 'How often a runtime may ask for the same envelope later.',
    format: 'count',
    default: 100,
  },
  ASYA_MAX_REDELIVERIES: {
    doc: 'From how many redeliveries without being settled on each one counts as an attempt.',
    format: 'count from 1',
    default: 5,
  },
  ASYA_MAX_FANOUT: {
    doc: 'How many items a reply may have.',
    format: 'count from 1',
    default: 1_000,
  },
  ASYA_MAX_MESSAGE_BYTES: {
    doc: 'The largest message that is published; at most what the broker takes.',
    format: 'message size',
    default: 16 * MIB - 64 * KIB,
  },
  ASYA_MAX_NESTING: {
    doc: 'How deep objects and arrays may stand inside each other in a payload.',
    format: 'nesting',
    default: 10_000,
  },
} satisfies Record<string, Variable>;

const PROCESS_VARIABLES = {
  ASYA_SHUTDOWN_TIMEOUT: {
    doc: 'How long the hops in flight may take to finish after SIGTERM, SIGINT or SIGHUP.',
    format: 'duration',
    default: 30 * SECOND,
  },
  ASYA_METRICS_ENABLED: { doc: 'Whether /metrics answers.', format: 'switch', default: true },
  ASYA_METRICS_ADDR: {
    doc: 'Where /metrics, /healthz, /health and /readyz are served.',
    format: 'address',
    default: METRICS_ADDRESS,
  },
  ASYA_METRICS_NAMESPACE: {
    doc: 'What the names of the metrics begin with.',
    format: 'metric prefix',
    default: 'asya_actor',
  },
  ASYA_LOG_LEVEL: {
    doc: 'The least important lines that are logged.',
    ...oneOf('info', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
  },
  ASYA_LOG_FORMAT: {
    doc: 'JSON, or lines for people.',
    format: ['json', 'pretty'],
    default: null as 'json' | 'pretty' | null,
    nullable: true,
    defaultDoc: 'pretty on a terminal, else json',
  },
  ASYA_TRACE_MAX_GAP: {
    doc: 'An envelope that comes later than this after its publish starts a new trace, with a link to the old one.',
    format: 'duration',
    default: HOUR,
  },
  ASYA_TRACE_MAX_FANOUT: {
    doc: 'The children of a wider fan-out start a new trace each, with a link to the old one.',
    format: 'count from 1',
    default: 100,
  },
  // Read by telemetry/register.ts, which runs before the configuration does.
  ASYA_TRACE_FILE: {
    doc: 'A file to which spans are appended, one OTLP request in JSON a line, instead of being sent. It grows by about 4.4 kB a hop.',
    format: 'path',
    default: null as string | null,
    nullable: true,
    defaultDoc: 'none',
  },
} satisfies Record<string, Variable>;

/** Every variable, in the order in which the documentation tells them. */
export const SCHEMA = {
  ...ACTOR_VARIABLES,
  ...TRANSPORT_VARIABLES,
  ...RUNTIME_VARIABLES,
  ...LIMIT_VARIABLES,
  ...PROCESS_VARIABLES,
};

/** The same by the headings of the documentation. */
export const SECTIONS: Readonly<Record<string, Partial<Record<VariableName, Variable>>>> = {
  Actor: ACTOR_VARIABLES,
  Transport: TRANSPORT_VARIABLES,
  Runtime: RUNTIME_VARIABLES,
  'Retries and limits': LIMIT_VARIABLES,
  Process: PROCESS_VARIABLES,
};

export type VariableName = keyof typeof SCHEMA;

/** The values of the variables, as convict gives them once it has validated them. */
export type Values = { readonly [Name in VariableName]: (typeof SCHEMA)[Name]['default'] };
