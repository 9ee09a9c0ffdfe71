import { parseBrokerUrls } from './formats/brokerUrls.ts';
import { readBrokers, readTlsOptions, TLS_VARIABLES, tlsProblemOf } from './brokerFiles.ts';
import { formatDuration } from './formats/duration.ts';
import type { Values, VariableName } from './schema.ts';
import { readHopsToken } from './hopsToken.ts';
import { FileError } from './secretFile.ts';
import { formatSize } from './formats/size.ts';
import type { Rule } from './rule.ts';
import { BATCH_ERRORS, BATCH_WARNINGS } from './batchRules.ts';
import { callCapacity, prefetchOf, PREFETCH_VARIABLES } from './prefetch.ts';
import { PROTECTION_WARNINGS } from './protectionRules.ts';
import { RUNTIME_RULES } from './runtime/runtimeRules.ts';
import { checkTraceFile } from './traceFile.ts';
import { MINUTE } from '../units.ts';

/** A broken rule prevents the start. */
export const ERROR_RULES: readonly Rule[] = [
  {
    variables: ['ASYA_ACTOR_HAPPY_END', 'ASYA_ACTOR_ERROR_END'],
    check: ({ ASYA_ACTOR_HAPPY_END: happyEnd, ASYA_ACTOR_ERROR_END: errorEnd }) =>
      happyEnd === errorEnd
        ? `ASYA_ACTOR_HAPPY_END and ASYA_ACTOR_ERROR_END must differ: both are "${happyEnd}"`
        : undefined,
  },
  {
    variables: [
      'ASYA_IS_END_ACTOR',
      'ASYA_ACTOR_NAME',
      'ASYA_ACTOR_HAPPY_END',
      'ASYA_ACTOR_ERROR_END',
    ],
    check: (values) => {
      const role = endVariableOf(values);
      return role !== undefined && values.ASYA_IS_END_ACTOR === false
        ? `ASYA_IS_END_ACTOR must not be false: ASYA_ACTOR_NAME "${values.ASYA_ACTOR_NAME}" is ${role}`
        : undefined;
    },
  },
  {
    variables: ['ASYA_RUNTIME_PROTOCOL', 'ASYA_IS_END_ACTOR', 'ASYA_ACTOR_NAME'],
    check: (values) =>
      values.ASYA_RUNTIME_PROTOCOL === 'none' && !isEndActor(values)
        ? `ASYA_RUNTIME_PROTOCOL may be none for an end only: ASYA_ACTOR_NAME "${values.ASYA_ACTOR_NAME}" is not the name of an end, and ASYA_IS_END_ACTOR is not true`
        : undefined,
  },
  {
    variables: PREFETCH_VARIABLES,
    check: ({ ASYA_PREFETCH: prefetch, ASYA_RABBITMQ_PREFETCH: alias }) =>
      prefetch !== null && alias !== null && prefetch !== alias
        ? `ASYA_PREFETCH (${prefetch}) and ASYA_RABBITMQ_PREFETCH (${alias}) must be equal: they are two names of one setting`
        : undefined,
  },
  {
    variables: ['ASYA_TRANSPORT', 'ASYA_SQLITE_PATH'],
    check: ({ ASYA_TRANSPORT: transport, ASYA_SQLITE_PATH: path }) =>
      transport === 'sqlite' && path === null
        ? 'ASYA_SQLITE_PATH is required because ASYA_TRANSPORT is sqlite'
        : undefined,
  },
  ...BATCH_ERRORS,
  notBoth('ASYA_RABBITMQ_URL', 'ASYA_RABBITMQ_URL_FILE'),
  notBoth('ASYA_RABBITMQ_PASSWORD', 'ASYA_RABBITMQ_PASSWORD_FILE'),
  {
    variables: ['ASYA_RABBITMQ_CERT_FILE', 'ASYA_RABBITMQ_KEY_FILE'],
    check: ({ ASYA_RABBITMQ_CERT_FILE: cert, ASYA_RABBITMQ_KEY_FILE: key }) =>
      (cert === null) !== (key === null)
        ? 'ASYA_RABBITMQ_CERT_FILE and ASYA_RABBITMQ_KEY_FILE must be set together'
        : undefined,
  },
  {
    variables: ['ASYA_RABBITMQ_URL', ...TLS_VARIABLES],
    check: (values) => {
      const { ASYA_RABBITMQ_URL: urls } = values;
      return urls === null
        ? undefined
        : tlsProblemOf(parseBrokerUrls(urls), values, 'ASYA_RABBITMQ_URL');
    },
  },
  {
    variables: [
      'ASYA_RABBITMQ_URL',
      'ASYA_RABBITMQ_URL_FILE',
      'ASYA_RABBITMQ_PASSWORD_FILE',
      ...TLS_VARIABLES,
    ],
    check: (values) => problemOf(() => readBrokers(values), values),
  },
  {
    variables: [...TLS_VARIABLES],
    check: (values) => problemOf(() => readTlsOptions(values), values),
  },
  ...RUNTIME_RULES,
];

/** A broken rule is probably a mistake, and is logged at the start. */
export const WARNING_RULES: readonly Rule[] = [
  {
    variables: [...PREFETCH_VARIABLES, 'ASYA_CONCURRENCY', 'ASYA_BATCH_SIZE'],
    check: (values) => {
      const { ASYA_CONCURRENCY: concurrency, ASYA_BATCH_SIZE: size } = values;
      const [name, prefetch] = prefetchOf(values);
      const factors =
        size === 1
          ? `ASYA_CONCURRENCY (${concurrency})`
          : `ASYA_CONCURRENCY (${concurrency}) times ASYA_BATCH_SIZE (${size})`;
      return prefetch > 2 * callCapacity(values)
        ? `${name} (${prefetch}) is more than twice ${factors}: waiting deliveries are kept from idle replicas`
        : undefined;
    },
  },
  {
    variables: [...PREFETCH_VARIABLES, 'ASYA_CONCURRENCY', 'ASYA_BATCH_SIZE'],
    check: (values) => {
      const { ASYA_CONCURRENCY: concurrency } = values;
      const [name, prefetch] = prefetchOf(values);
      return prefetch < concurrency
        ? `${name} (${prefetch}) is below ASYA_CONCURRENCY (${concurrency}): it limits the number of envelopes processed at the same time`
        : undefined;
    },
  },
  {
    variables: ['ASYA_TRACE_FILE'],
    check: ({ ASYA_TRACE_FILE: path }) => (path === null ? undefined : checkTraceFile(path)),
  },
  {
    variables: ['ASYA_HOPS_TOKEN_FILE'],
    check: (values) => fileProblemOf(() => readHopsToken(values)),
  },
  {
    variables: ['ASYA_RUNTIME_TIMEOUT', 'ASYA_TRANSPORT'],
    check: ({ ASYA_RUNTIME_TIMEOUT: timeoutMs, ASYA_TRANSPORT: transport }) =>
      transport === 'rabbitmq' && timeoutMs > CONSUMER_TIMEOUT_MS
        ? `ASYA_RUNTIME_TIMEOUT (${formatDuration(timeoutMs)}) exceeds 30m, the default consumer_timeout after which RabbitMQ (ASYA_TRANSPORT) requeues a delivery`
        : undefined,
  },
  {
    variables: ['ASYA_RUNTIME_MAX_REPLY_BYTES', 'ASYA_MAX_MESSAGE_BYTES'],
    check: ({ ASYA_RUNTIME_MAX_REPLY_BYTES: replyBytes, ASYA_MAX_MESSAGE_BYTES: messageBytes }) =>
      replyBytes < messageBytes
        ? `ASYA_RUNTIME_MAX_REPLY_BYTES (${formatSize(replyBytes)}) is below ASYA_MAX_MESSAGE_BYTES (${formatSize(messageBytes)}): replies are rejected that could be published`
        : undefined,
  },
  {
    variables: ['ASYA_SHUTDOWN_TIMEOUT', 'ASYA_RUNTIME_TIMEOUT'],
    check: ({ ASYA_SHUTDOWN_TIMEOUT: shutdownMs, ASYA_RUNTIME_TIMEOUT: runtimeMs }, isSet) =>
      shutdownMs < runtimeMs && (isSet('ASYA_SHUTDOWN_TIMEOUT') || isSet('ASYA_RUNTIME_TIMEOUT'))
        ? `ASYA_SHUTDOWN_TIMEOUT (${formatDuration(shutdownMs)}) is shorter than ASYA_RUNTIME_TIMEOUT (${formatDuration(runtimeMs)}): a shutdown may interrupt a call, which is then repeated`
        : undefined,
  },
  ...BATCH_WARNINGS,
  ...PROTECTION_WARNINGS,
];

/** RabbitMQ's default. */
const CONSUMER_TIMEOUT_MS = 30 * MINUTE;

/** Whether this actor is an end, by its name or by ASYA_IS_END_ACTOR. */
export function isEndActor(values: Values): boolean {
  return values.ASYA_IS_END_ACTOR ?? endVariableOf(values) !== undefined;
}

/** Returns the variable that names this actor as an end. */
function endVariableOf(values: Values): VariableName | undefined {
  const { ASYA_ACTOR_NAME: actor } = values;
  if (actor === values.ASYA_ACTOR_HAPPY_END) return 'ASYA_ACTOR_HAPPY_END';
  return actor === values.ASYA_ACTOR_ERROR_END ? 'ASYA_ACTOR_ERROR_END' : undefined;
}

type TextVariable = 'ASYA_RABBITMQ_URL' | 'ASYA_RABBITMQ_PASSWORD';

function notBoth(name: TextVariable, file: `${TextVariable}_FILE`): Rule {
  return {
    variables: [name, file],
    check: (values) =>
      values[name] !== null && values[file] !== null
        ? `${name} and ${file} must not be set together`
        : undefined,
  };
}

/** Returns the problem of a file that a variable names; undefined if the transport reads none. */
function problemOf(read: () => unknown, { ASYA_TRANSPORT: transport }: Values): string | undefined {
  return transport === 'rabbitmq' ? fileProblemOf(read) : undefined;
}

function fileProblemOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof FileError) return error.message;
    throw error;
  }
}
