import type { Config } from '../src/config/config.ts';
import type { RuntimeAddress } from '../src/runtime/socket/endpoint.ts';
import type { Health } from '../src/sidecar/health.ts';

export interface TelemetryOptions {
  readonly actor: string;
  readonly version: string;
  readonly transport: 'rabbitmq' | 'sqlite' | 'memory';
  readonly happyEnd: string;
  readonly errorEnd: string;
  /** The role of this actor if it is an end; independent of its name. */
  readonly end?: 'happy-end' | 'error-end' | undefined;
  /** The largest number of hops in calls to the runtime. */
  readonly concurrency: number;
  readonly runtimeProtocol: string;
  readonly runtimeAddress: RuntimeAddress;
  /** The prefix of metric names. */
  readonly namespace: string;
  /** A message that was published more milliseconds ago starts a new trace. */
  readonly maxGapMs: number;
  /** The children of a wider fan-out start new traces. */
  readonly maxFanout: number;
  readonly logLevel: string;
  readonly logFormat: 'json' | 'pretty';
  readonly health: Health;
  /** Returns the bearer token of /hops; undefined if none is configured. @default no token */
  readonly readHopsToken?: () => string | undefined;
}

/** Derives the options of telemetry. Without a configured format, logs on a terminal are pretty. */
export function telemetryOptions(
  config: Config,
  health: Health,
  version: string,
): TelemetryOptions {
  const { actor, happyEnd, errorEnd, isEnd, transport, runtime, trace, log } = config;
  return {
    actor,
    happyEnd,
    errorEnd,
    transport,
    concurrency: Math.min(config.prefetch, config.concurrency * config.batch.size),
    health,
    version,
    end: actor === errorEnd ? 'error-end' : isEnd ? 'happy-end' : undefined,
    runtimeProtocol: runtime.protocol,
    runtimeAddress: runtime.endpoint.address,
    namespace: config.metrics.namespace,
    maxGapMs: trace.maxGapMs,
    maxFanout: trace.maxFanout,
    readHopsToken: config.hops.readToken,
    logLevel: log.level,
    logFormat: log.format ?? (process.stdout.isTTY ? 'pretty' : 'json'),
  };
}
