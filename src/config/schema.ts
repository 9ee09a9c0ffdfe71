import type { Address } from './formats/address.ts';
import { BATCH_VARIABLES } from './batchVariables.ts';
import { PROTECTION_VARIABLES } from './protectionVariables.ts';
import { RUNTIME_VARIABLES } from './runtime/runtimeVariables.ts';
import { TRANSPORT_VARIABLES } from './transportVariables.ts';
import { HOUR, KIB, MIB, MINUTE, SECOND } from '../units.ts';
import { oneOf, type Variable } from './variable.ts';

const METRICS_ADDRESS: Address = { host: undefined, port: 8080 };

const ACTOR_VARIABLES = {
  ASYA_ACTOR_NAME: {
    doc: "The name of this actor. Routes refer to it, and the actor's queue is named after it.",
    format: 'actor name',
    default: '',
    defaultDoc: 'required',
  },
  ASYA_IS_END_ACTOR: {
    doc: 'Whether this actor is an end. An end calls its runtime and routes nothing. Must not be false if the name is that of an end.',
    format: 'boolean',
    default: null as boolean | null,
    nullable: true,
    defaultDoc: 'true if the name is that of an end',
  },
  ASYA_ACTOR_HAPPY_END: {
    doc: 'The actor that receives the envelopes that finished their route.',
    format: 'actor name',
    default: 'happy-end',
  },
  ASYA_ACTOR_ERROR_END: {
    doc: 'The actor that receives error envelopes.',
    format: 'actor name',
    default: 'error-end',
  },
  ASYA_CONCURRENCY: {
    doc: 'The maximum number of envelopes processed at the same time. 1 preserves their order.',
    format: 'integer from 1 to 65535',
    default: 1,
  },
} satisfies Record<string, Variable>;

const LIMIT_VARIABLES = {
  ASYA_RETRY_MAX_ATTEMPTS: {
    doc: 'The maximum number of attempts, the first one included. If the last one ends in a crash while other envelopes are processed, the envelope gets one more attempt alone.',
    format: 'positive integer',
    default: 5,
  },
  ASYA_RETRY_BACKOFF: {
    doc: 'The delays before the second attempt, the third attempt and so on. The last delay applies to all further attempts.',
    format: 'list of durations',
    default: [SECOND, 5 * SECOND, 30 * SECOND, 2 * MINUTE] as readonly number[],
  },
  ASYA_RETRY_ERRORS: {
    doc: "Exception classes that are retried, compared with `type` and `mro` of the runtime's errors. `HTTP 500` is a status of a web server.",
    format: 'list of names',
    default: [] as readonly string[],
  },
  ASYA_MAX_DEFERRALS: {
    doc: 'How many times the runtime may defer an envelope.',
    format: 'integer',
    default: 100,
  },
  ASYA_MAX_REDELIVERIES: {
    doc: 'Redeliveries of an unsettled message count as attempts from this number on.',
    format: 'positive integer',
    default: 5,
  },
  ASYA_MAX_FANOUT: {
    doc: 'The maximum number of items in a reply.',
    format: 'positive integer',
    default: 1_000,
  },
  ASYA_MAX_MESSAGE_BYTES: {
    doc: "The maximum size of a published message. It must not exceed the broker's own limit.",
    format: 'message size',
    default: 16 * MIB - 64 * KIB,
  },
  ASYA_MAX_NESTING: {
    doc: 'The maximum nesting depth of objects and arrays in a payload.',
    format: 'integer from 2',
    default: 10_000,
  },
} satisfies Record<string, Variable>;

const PROCESS_VARIABLES = {
  ASYA_SHUTDOWN_TIMEOUT: {
    doc: 'How long a shutdown (SIGTERM, SIGINT or SIGHUP) waits for the hops in flight.',
    format: 'duration',
    default: 30 * SECOND,
  },
  ASYA_METRICS_ENABLED: { doc: 'Whether /metrics is served.', format: 'boolean', default: true },
  ASYA_METRICS_ADDR: {
    doc: 'The address that serves /metrics, /healthz, /health, /readyz and /hops.',
    format: 'address',
    default: METRICS_ADDRESS,
  },
  ASYA_METRICS_NAMESPACE: {
    doc: 'The prefix of the metric names.',
    format: 'metric prefix',
    default: 'asya_actor',
  },
  ASYA_HOPS_TOKEN_FILE: {
    doc: 'A file with the bearer token of /hops, read at each request. Clients on the loopback interface need no token; without a file, other clients are refused.',
    format: 'path',
    default: null as string | null,
    nullable: true,
    defaultDoc: 'none',
  },
  ASYA_LOG_LEVEL: {
    doc: 'The minimum level of log lines.',
    ...oneOf('info', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
  },
  ASYA_LOG_FORMAT: {
    doc: 'The format of log lines: `json`, or `pretty` for people.',
    format: ['json', 'pretty'],
    default: null as 'json' | 'pretty' | null,
    nullable: true,
    defaultDoc: 'pretty on a terminal, otherwise json',
  },
  ASYA_TRACE_MAX_GAP: {
    doc: 'An envelope that is received later than this after its publish starts a new trace, linked to the old one.',
    format: 'duration',
    default: HOUR,
  },
  ASYA_TRACE_MAX_FANOUT: {
    doc: 'Each child of a wider fan-out starts a new trace, linked to the old one.',
    format: 'positive integer',
    default: 100,
  },
  // telemetry/register.ts reads this variable before the configuration is read.
  ASYA_TRACE_FILE: {
    doc: 'A file to which spans are appended instead of being exported. Each line is one OTLP request in JSON; a hop takes about 4.4 kB.',
    format: 'path',
    default: null as string | null,
    nullable: true,
    defaultDoc: 'none',
  },
} satisfies Record<string, Variable>;

/** All variables, in the order of the documentation. */
export const SCHEMA = {
  ...ACTOR_VARIABLES,
  ...TRANSPORT_VARIABLES,
  ...RUNTIME_VARIABLES,
  ...BATCH_VARIABLES,
  ...LIMIT_VARIABLES,
  ...PROTECTION_VARIABLES,
  ...PROCESS_VARIABLES,
};

/** All variables by the heading under which the documentation lists them. */
export const SECTIONS: Readonly<Record<string, Partial<Record<VariableName, Variable>>>> = {
  Actor: ACTOR_VARIABLES,
  Transport: TRANSPORT_VARIABLES,
  Runtime: RUNTIME_VARIABLES,
  Batches: BATCH_VARIABLES,
  'Retries and limits': LIMIT_VARIABLES,
  'Circuit breaker and rate limit': PROTECTION_VARIABLES,
  Process: PROCESS_VARIABLES,
};

export type VariableName = keyof typeof SCHEMA;

/** The validated values of all variables. */
export type Values = { readonly [Name in VariableName]: (typeof SCHEMA)[Name]['default'] };
