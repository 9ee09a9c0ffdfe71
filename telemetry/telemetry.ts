import type { RequestListener } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProxyTracerProvider, trace } from '@opentelemetry/api';
import { messageOf } from '../src/faults.ts';
import type { Health } from '../src/sidecar/health.ts';
import type { HopProcessor } from '../src/hop/hop.ts';
import { compose, type Layer } from '../src/compose.ts';
import type { Log } from '../src/log.ts';
import type { RuntimeLayer } from '../src/runtime/runtime.ts';
import type { Transport, TransportState } from '../src/transport/transport.ts';
import { SCHEMA_URL, SCOPE } from './attributes.ts';
import { useOneClock } from './spans/clockedSpans.ts';
import { followHops } from './context/hopContext.ts';
import { watchDepth, type DepthWatch } from './metrics/queueDepth.ts';
import { routeDiagnostics } from './logs/diagnostics.ts';
import { createProcessGauges, reportHealth } from './metrics/gauges.ts';
import { createGuard, type Guard } from './guard.ts';
import { MESSAGE_TYPE } from './metrics/labelValues.ts';
import { createLogging } from './logs/logging.ts';
import { measureCalls, measureHops, measureTransport } from './metrics/hopMetrics.ts';
import { createMetricsHandler } from './metrics/openmetrics.ts';
import { passThrough } from './context/passThrough.ts';
import { createMetrics, type Recorder } from './metrics/recorder.ts';
import { traceHops } from './spans/hopSpans.ts';
import { readSdkState, type SdkState } from './sdk/sdkState.ts';
import { traceCalls } from './spans/callSpans.ts';
import type { Sdk } from './sdk/sdk.ts';
import { traceTransport } from './spans/publishSpans.ts';
import { observeCalls, observeHops, type CallObserver, type HopObserver } from './observers.ts';

/**
 * What telemetry adds to a sidecar: everything that `main.ts` puts on, and nothing that a hop
 * depends on.
 */
export interface Telemetry {
  readonly log: Log;
  /** Round the whole hop, outermost. */
  readonly work: readonly Layer<HopProcessor>[];
  /** Round one call, outermost. */
  readonly runtime: readonly RuntimeLayer[];
  /** Round what the sidecar sends and receives. */
  readonly transport: Layer<Transport>;
  /** Answers a scrape; 503 with the reason when no SDK runs. */
  readonly metricsHandler: RequestListener;
  /** Reads the number of messages ready in the actor's queue at each connect, and every 15 s. */
  watchQueueDepth(read: () => Promise<number | undefined>): void;
  /** Receives every state of the transport. */
  onTransportState(state: TransportState): void;
  /** Flushes spans, metrics and logs. Resolves after at most `timeoutMs`, and never rejects. */
  shutdown(timeoutMs: number): Promise<void>;
}

export interface TelemetryOptions {
  readonly actor: string;
  readonly version: string;
  readonly transport: 'rabbitmq' | 'sqlite' | 'memory';
  readonly happyEnd: string;
  readonly errorEnd: string;
  /** The role of this actor, whatever its name, when it is an end. */
  readonly end?: 'happy-end' | 'error-end' | undefined;
  readonly concurrency: number;
  readonly runtimeProtocol: string;
  readonly socketPath: string;
  /** What the names of metrics start with. */
  readonly namespace: string;
  /** A message published longer ago than this starts a trace of its own. */
  readonly maxGapMs: number;
  /** The children of a fan-out wider than this start traces of their own. */
  readonly maxFanout: number;
  readonly logLevel: string;
  readonly logFormat: 'json' | 'pretty';
  readonly health: Health;
}

/**
 * Makes the layers, and leaves out those that would do nothing. The log has its ids with any
 * OpenTelemetry SDK and with none; `register.ts` brings one.
 */
export function createTelemetry(options: TelemetryOptions): Telemetry {
  const running = readSdkState();
  const metricsGuard = createGuard('metrics', () => logging.log);
  const tracing = createTracing(
    options,
    running.sdk,
    createGuard('traces', () => logging.log),
  );
  // Without an SDK no reader collects what would be counted.
  const measuring =
    running.sdk === undefined ? NOT_MEASURING : createMeasuring(options, running.sdk, metricsGuard);
  const logging = createLogging({
    ...options,
    level: options.logLevel,
    format: options.logFormat,
    onDropped: measuring.countDroppedLine,
  });
  introduce(running, logging.log, metricsGuard);
  return {
    log: logging.log,
    // Metrics are recorded inside of the spans, which their exemplars point to; lines are written
    // there for their ids.
    work: [...tracing.work, observeHops([...measuring.hops, logging.hops], metricsGuard)],
    runtime: [...tracing.runtime, observeCalls([...measuring.calls, logging.calls], metricsGuard)],
    transport: (transport) => compose([...tracing.transport, ...measuring.transport], transport),
    metricsHandler: metricsHandlerOf(running),
    watchQueueDepth: measuring.watchQueueDepth,
    onTransportState: measuring.onTransportState,
    async shutdown(timeoutMs) {
      await shutDown(running, timeoutMs, logging.log);
      measuring.stop();
    },
  };
}

interface Layers extends Pick<Telemetry, 'work' | 'runtime'> {
  readonly transport: readonly Layer<Transport>[];
}

/**
 * Makes spans where they are exported. Otherwise an SDK passes contexts on; without one the log
 * alone knows its hop.
 */
function createTracing(options: TelemetryOptions, sdk: Sdk | undefined, guard: Guard): Layers {
  const untraced = { work: [followHops(guard)], runtime: [], transport: [] };
  const makesSpans = sdk?.makesSpans ?? guard.attempt(hasProvider) ?? false;
  if (sdk === undefined && !makesSpans) return untraced;
  const { actor, end, maxGapMs, maxFanout, transport: system, version } = options;
  // An SDK that this process did not start by `register.ts` has clocks of its own.
  if (makesSpans) guard.attempt(useOneClock);
  const tracer = guard.attempt(() =>
    trace.getTracerProvider().getTracer(SCOPE, version, { schemaUrl: SCHEMA_URL }),
  );
  if (tracer === undefined) return untraced;
  const instrumented = makesSpans && system === 'rabbitmq';
  const transport = [traceTransport({ tracer, actor, system, instrumented, maxFanout, guard })];
  if (!makesSpans) return { work: [passThrough({ maxGapMs, guard })], runtime: [], transport };
  const { runtimeProtocol: protocol, socketPath } = options;
  return {
    work: [traceHops({ tracer, actor, system, end, maxGapMs, guard })],
    runtime: [traceCalls({ tracer, protocol, socketPath, guard })],
    transport,
  };
}

/** Whether an SDK of the user's own has registered a tracer provider. */
function hasProvider(): boolean {
  const provider = trace.getTracerProvider();
  return (
    !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer(SCOPE) !== undefined
  );
}

interface Measuring extends Pick<Telemetry, 'watchQueueDepth' | 'onTransportState'> {
  readonly hops: readonly HopObserver[];
  readonly calls: readonly CallObserver[];
  readonly transport: readonly Layer<Transport>[];
  readonly countDroppedLine: () => void;
  stop(): void;
}

const NOT_MEASURING: Measuring = {
  hops: [],
  calls: [],
  transport: [],
  watchQueueDepth() {},
  onTransportState() {},
  countDroppedLine() {},
  stop() {},
};

function createMeasuring(
  options: TelemetryOptions,
  { sources, readIntervalMs }: Sdk,
  guard: Guard,
): Measuring {
  const { actor, concurrency, end, health, namespace, transport, version } = options;
  let depth: DepthWatch | undefined;
  const process = createProcessGauges(readIntervalMs);
  const { record, collect } = createMetrics({
    namespace,
    constants: { actor, transport, version, end },
    observe(report) {
      reportHealth(report, health);
      process.report(report);
      report('concurrencyLimit', concurrency);
      report('buildInfo', 1);
      const ready = depth?.current();
      if (ready !== undefined) report('queueDepth', ready);
    },
  });
  seedDestinations(record, options);
  const stopCollecting = sources.add(collect);
  return {
    hops: [measureHops(record, { concurrency })],
    calls: [measureCalls(record)],
    transport: [measureTransport(record, guard)],
    countDroppedLine: () => record.logLinesDropped(1),
    watchQueueDepth(read) {
      depth = watchDepth(read, QUEUE_DEPTH_INTERVAL_MS);
      depth.onState(health.transport);
    },
    onTransportState: (state) => depth?.onState(state),
    stop() {
      depth?.stop();
      stopCollecting();
      process.stop();
    },
  };
}

const QUEUE_DEPTH_INTERVAL_MS = 15_000;

/** Where every actor sends sooner or later; the others come with the routes. */
function seedDestinations(record: Recorder, { actor, happyEnd, errorEnd }: TelemetryOptions): void {
  const seed = (
    destination_queue: string,
    message_type: (typeof MESSAGE_TYPE)[keyof typeof MESSAGE_TYPE],
  ): void => record.messagesSent(0, { destination_queue, message_type });
  seed(actor, 'retry');
  if (actor === errorEnd) return seed(actor, 'parked');
  seed(errorEnd, 'error_end');
  if (actor !== happyEnd) seed(happyEnd, 'happy_end');
}

function introduce({ sdk }: SdkState, log: Log, guard: Guard): void {
  if (sdk === undefined) return;
  guard.attempt(() => routeDiagnostics(log, sdk.diagnosticLevel));
  for (const warning of sdk.warnings) log.warn(warning);
}

function metricsHandlerOf(running: SdkState): RequestListener {
  if (running.sdk !== undefined) return createMetricsHandler(running.sdk.exporter);
  const { reason } = running;
  return (_, response) => {
    response.writeHead(503, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(`no metrics: ${reason}\n`);
  };
}

/** Bounded in time, since an exporter retries for longer. */
async function shutDown({ sdk }: SdkState, timeoutMs: number, log: Log): Promise<void> {
  if (sdk === undefined) return;
  const late = sleep(timeoutMs, 'late', { ref: false });
  const result = await Promise.race([flush(sdk), late]);
  if (result !== 'done')
    log.warn({ reason: result }, 'telemetry may be incomplete: not everything was sent');
}

async function flush(sdk: Sdk): Promise<string> {
  try {
    await sdk.shutdown();
    return 'done';
  } catch (error) {
    return messageOf(error);
  }
}
