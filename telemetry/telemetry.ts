import type { RequestListener } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Layer } from '../src/compose.ts';
import { messageOf } from '../src/faults.ts';
import type { HopProcessor } from '../src/hop/hop.ts';
import type { Log } from '../src/log.ts';
import type { RuntimeClientLayer, RuntimeLayer } from '../src/runtime/runtime.ts';
import type { Deliver } from '../src/sidecar/deliver.ts';
import type { TransportState } from '../src/transport/transport.ts';
import { createGuard, type Guard } from './guard.ts';
import { HopFeed } from './hops/hopFeed.ts';
import { createHopsHandler } from './hops/hopsHandler.ts';
import { routeDiagnostics } from './logs/diagnostics.ts';
import { createLogging } from './logs/logging.ts';
import { createMeasuring, NO_MEASURING, type QueueCounts } from './metrics/measuring.ts';
import { createMetricsHandler } from './metrics/metricsHandler.ts';
import { observeCalls, observeHops, observePublishes, observeReplies } from './observers.ts';
import type { Sdk } from './sdk/sdk.ts';
import { readSdkState, type SdkState } from './sdk/sdkState.ts';
import type { DescribeDelivery } from './spans/hopSpans.ts';
import { createTracing } from './spans/tracing.ts';
import type { TelemetryOptions } from './telemetryOptions.ts';

/** The telemetry of a sidecar: its log, and the layers that `main.ts` adds to its functions. */
export interface Telemetry {
  readonly log: Log;
  /** @param describe returns the broker's names for a delivery, for attributes of the span */
  traceHops(describe?: DescribeDelivery): Layer<HopProcessor>;
  /** Records metrics, writes the log line of each hop, and sends it to the readers of /hops. */
  readonly observeHops: Layer<HopProcessor>;
  readonly traceCalls: RuntimeLayer | undefined;
  /** Notes the call of each hop for its log line and record, and measures the hop's part of it. */
  readonly noteCalls: RuntimeLayer;
  /** Creates spans of calls of several envelopes, outside of the contexts of their hops. */
  readonly traceBatches: RuntimeClientLayer;
  /** Records metrics of each call. Undefined without an SDK. */
  readonly measureCalls: RuntimeClientLayer | undefined;
  /** Records the wait of the current hop's call for the rate limit, in milliseconds. */
  readonly onRateLimitWait: (waitMs: number) => void;
  /** Records the wait of the current hop for its batch and a slot, in milliseconds. */
  readonly onBatchWait: (waitMs: number) => void;
  readonly tracePublishes: Layer<Deliver> | undefined;
  readonly observePublishes: Layer<Deliver>;
  /** Serves a scrape; without an SDK, answers 503 with the reason. */
  readonly metricsHandler: RequestListener;
  /** Streams a record of each hop to its readers, also without an SDK. */
  readonly hopsHandler: RequestListener;
  /** Writes the last records and ends the responses of `hopsHandler`. */
  closeHops(): void;
  /**
   * Counts the messages in the actor's queue, at each connect and every 15 s, and those that wait
   * at error-end, parked or for a retry, at each connect and every minute.
   */
  monitorQueues(queues: QueueCounts): void;
  /** Receives each state of the transport. */
  onTransportState(state: TransportState): void;
  /** Flushes spans, metrics and logs. Resolves after at most `timeoutMs`, and never rejects. */
  shutdown(timeoutMs: number): Promise<void>;
}

/**
 * Creates the telemetry of a sidecar. Without an SDK, which `register.ts` starts, it only writes
 * log lines.
 */
export function createTelemetry(options: TelemetryOptions): Telemetry {
  const state = readSdkState();
  const { sdk } = state;
  const metricsGuard = createGuard('metrics', () => log);
  const tracesGuard = createGuard('traces', () => log);
  const tracing = createTracing(options, sdk, tracesGuard);
  const measuring = sdk === undefined ? NO_MEASURING : createMeasuring(options, sdk);
  const logging = createLogging({
    ...options,
    level: options.logLevel,
    format: options.logFormat,
    onDropped: measuring.countDroppedLine,
  });
  const { log } = logging;
  logDiagnostics(state, log, metricsGuard);
  const feed = new HopFeed(options.actor);
  return {
    log,
    traceHops: tracing.hops,
    observeHops: observeHops(present([measuring.hops, logging.hops, feed.hops]), metricsGuard),
    traceCalls: tracing.calls,
    noteCalls: observeReplies(present([measuring.replies, logging.calls]), metricsGuard),
    traceBatches: tracing.batches,
    measureCalls: measuring.calls && observeCalls(measuring.calls, metricsGuard),
    onRateLimitWait(waitMs) {
      metricsGuard.attempt(() => measuring.rateLimitWaits?.(waitMs));
      if (waitMs === 0) return;
      metricsGuard.attempt(() => logging.rateLimitWaits(waitMs));
      tracesGuard.attempt(() => tracing.rateLimitWaits?.(waitMs));
    },
    onBatchWait(waitMs) {
      metricsGuard.attempt(() => measuring.batchWaits?.(waitMs));
      metricsGuard.attempt(() => logging.batchWaits(waitMs));
      tracesGuard.attempt(() => tracing.batchWaits?.(waitMs));
    },
    tracePublishes: tracing.publishes,
    observePublishes: observePublishes(
      present([measuring.publishes, logging.publishes]),
      metricsGuard,
    ),
    metricsHandler: metricsHandlerOf(state),
    hopsHandler: createHopsHandler(feed, options.readHopsToken),
    closeHops: () => feed.close(),
    monitorQueues: measuring.monitorQueues,
    onTransportState: measuring.onTransportState,
    async shutdown(timeoutMs) {
      await shutDown(sdk, timeoutMs, log);
      measuring.stop();
    },
  };
}

function present<T>(values: readonly (T | undefined)[]): T[] {
  return values.filter((value) => value !== undefined);
}

function logDiagnostics({ sdk }: SdkState, log: Log, guard: Guard): void {
  if (sdk === undefined) return;
  guard.attempt(() => routeDiagnostics(log, sdk.diagnosticLevel));
  for (const warning of sdk.warnings) log.warn(warning);
}

function metricsHandlerOf(state: SdkState): RequestListener {
  if (state.sdk !== undefined) return createMetricsHandler(state.sdk.exporter);
  const { reason } = state;
  return (_, response) => {
    response.writeHead(503, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(`no metrics: ${reason}\n`);
  };
}

/** Flushes the SDK, bounded in time because an exporter retries for longer. */
async function shutDown(sdk: Sdk | undefined, timeoutMs: number, log: Log): Promise<void> {
  if (sdk === undefined) return;
  const late = sleep(timeoutMs, 'timeout', { ref: false });
  const result = await Promise.race([flush(sdk), late]);
  if (result !== 'done') log.warn({ reason: result }, 'telemetry not flushed; data may be missing');
}

async function flush(sdk: Sdk): Promise<string> {
  try {
    await sdk.shutdown();
    return 'done';
  } catch (error) {
    return messageOf(error);
  }
}
