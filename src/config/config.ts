import convict from 'convict';
import { brokerVariableNames, readBrokers, readTlsOptions } from './brokerFiles.ts';
import { FORMATS } from './formats/formats.ts';
import { readHopsToken } from './hopsToken.ts';
import type { Rule } from './rule.ts';
import { prefetchOf } from './prefetch.ts';
import { ERROR_RULES, isEndActor, WARNING_RULES } from './rules.ts';
import { toRuntimeConfig } from './runtime/runtimeConfig.ts';
import { SCHEMA, type Values, type VariableName } from './schema.ts';
import { describeUnknownVariables } from './unknownVariables.ts';
import { messageOf } from '../faults.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export type Config = ReturnType<typeof toConfig>;

export interface LoadedConfig {
  readonly config: Config;
  /** The effective values by variable, for printing. */
  readonly values: Values;
  /** Settings that are probably mistakes, one line each. */
  readonly warnings: readonly string[];
}

/** The configuration is invalid. Each of `problems` names the variable and the broken rule. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/**
 * Reads the configuration from the environment. An empty variable counts as absent. The result is
 * deeply frozen.
 * @throws {ConfigError} with all problems at once
 */
export function readConfig(environment: Environment): LoadedConfig {
  const { values, problems } = readValues(environment);
  const isSet = (name: VariableName): boolean => textOf(environment, name) !== undefined;
  const check = (rules: readonly Rule[]): string[] =>
    rules
      .filter(({ variables }) => variables.every((name) => !problems.has(name)))
      .map((rule) => rule.check(values, isSet))
      .filter((problem) => problem !== undefined);
  const errors = [...problems.values(), ...check(ERROR_RULES)];
  if (errors.length > 0) throw new ConfigError(errors);
  const effective = resolveDefaults(values);
  return {
    config: deepFreeze(toConfig(effective)),
    values: effective,
    warnings: [...describeUnknownVariables(environment), ...check(WARNING_RULES)],
  };
}

/** Sets the variables whose default depends on other variables. */
function resolveDefaults(values: Values) {
  return {
    ...values,
    ASYA_IS_END_ACTOR: isEndActor(values),
    ASYA_PREFETCH: prefetchOf(values)[1],
    ASYA_RABBITMQ_PREFETCH: null,
  };
}

type EffectiveValues = ReturnType<typeof resolveDefaults>;

/** Groups the values by component. */
function toConfig(values: EffectiveValues) {
  return {
    actor: values.ASYA_ACTOR_NAME,
    isEnd: values.ASYA_IS_END_ACTOR,
    happyEnd: values.ASYA_ACTOR_HAPPY_END,
    errorEnd: values.ASYA_ACTOR_ERROR_END,
    concurrency: values.ASYA_CONCURRENCY,
    prefetch: values.ASYA_PREFETCH,
    transport: values.ASYA_TRANSPORT,
    confirmTimeoutMs: values.ASYA_CONFIRM_TIMEOUT,
    queueAutoCreate: values.ASYA_QUEUE_AUTO_CREATE,
    rabbitmq: toRabbitmqConfig(values),
    /** Not empty with the transport `sqlite`: a rule requires it. */
    sqlite: { path: values.ASYA_SQLITE_PATH ?? '' },
    runtime: toRuntimeConfig(values),
    batch: {
      size: values.ASYA_BATCH_SIZE,
      waitMs: values.ASYA_BATCH_WAIT,
      maxBytes: values.ASYA_BATCH_MAX_BYTES,
    },
    retry: {
      maxAttempts: values.ASYA_RETRY_MAX_ATTEMPTS,
      backoffMs: values.ASYA_RETRY_BACKOFF,
      errors: values.ASYA_RETRY_ERRORS,
      maxDeferrals: values.ASYA_MAX_DEFERRALS,
    },
    breaker: toBreakerConfig(values),
    rateLimit: values.ASYA_RATE_LIMIT,
    maxRedeliveries: values.ASYA_MAX_REDELIVERIES,
    maxFanout: values.ASYA_MAX_FANOUT,
    maxMessageBytes: values.ASYA_MAX_MESSAGE_BYTES,
    maxNesting: values.ASYA_MAX_NESTING,
    shutdownTimeoutMs: values.ASYA_SHUTDOWN_TIMEOUT,
    metrics: {
      enabled: values.ASYA_METRICS_ENABLED,
      address: values.ASYA_METRICS_ADDR,
      namespace: values.ASYA_METRICS_NAMESPACE,
    },
    hops: {
      /** Returns the bearer token of /hops. Call it at each request, because it reads a secret. */
      readToken: () => readHopsToken(values),
    },
    log: { level: values.ASYA_LOG_LEVEL, format: values.ASYA_LOG_FORMAT },
    trace: {
      file: values.ASYA_TRACE_FILE,
      maxGapMs: values.ASYA_TRACE_MAX_GAP,
      maxFanout: values.ASYA_TRACE_MAX_FANOUT,
    },
  } as const;
}

function toRabbitmqConfig(values: EffectiveValues) {
  return {
    /**
     * Returns the brokers in order of preference. Call it at each reconnect, because it reads
     * mounted secrets.
     */
    readBrokers: () => readBrokers(values),
    /** Returns the options for brokers with `tls`. Call it at each reconnect. */
    readTlsOptions: () => readTlsOptions(values),
    /** The variables that an error of the connection names. */
    variables: brokerVariableNames(values),
    exchange: values.ASYA_RABBITMQ_EXCHANGE,
    queueType: values.ASYA_RABBITMQ_QUEUE_TYPE,
  } as const;
}

/** Returns null if the circuit breaker is off. */
function toBreakerConfig(values: EffectiveValues) {
  const { ASYA_BREAKER_ERROR_RATE: errorRate } = values;
  if (errorRate === null) return null;
  return {
    errorRate,
    minHops: values.ASYA_BREAKER_MIN_HOPS,
    windowMs: values.ASYA_BREAKER_WINDOW,
    cooldownMs: values.ASYA_BREAKER_COOLDOWN,
  } as const;
}

/**
 * Reads each variable on its own, so that all problems are reported and rules between valid
 * variables can be checked.
 */
function readValues(environment: Environment): {
  values: Values;
  problems: Map<VariableName, string>;
} {
  convict.addFormats(FORMATS);
  const values: Record<string, unknown> = {};
  const problems = new Map<VariableName, string>();
  for (const [name, variable] of Object.entries(SCHEMA) as [VariableName, object][]) {
    const schema = { [name]: { ...variable, env: name } };
    const reader = convict<Record<string, unknown>>(schema, {
      env: { [name]: textOf(environment, name) },
      args: [],
    });
    values[name] = reader.get(name);
    try {
      reader.validate();
    } catch (error) {
      problems.set(name, messageOf(error));
    }
  }
  return { values: values as Values, problems };
}

function textOf(environment: Environment, name: VariableName): string | undefined {
  return environment[name] === '' ? undefined : environment[name];
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null) deepFreeze(part);
  }
  return Object.freeze(value);
}
