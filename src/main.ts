import { inspect } from 'node:util';
import type { DescribeDelivery } from '../telemetry/spans/hopSpans.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { createProcessClock, type Clock } from './clock.ts';
import { compose, type Layer } from './compose.ts';
import { ConfigError, readConfig, type Config, type Environment } from './config/config.ts';
import { readHopAtErrorEnd } from './hop/failure/errorEnd.ts';
import type { Decide, HopProcessor } from './hop/hop.ts';
import { readHop } from './hop/readHop.ts';
import { createRouter } from './hop/router.ts';
import { addTo } from './lifecycle/addTo.ts';
import { openHttpServer } from './lifecycle/http.ts';
import { handleStopSignals, exitOnUncaughtException } from './lifecycle/shutdown.ts';
import { readVersion } from './lifecycle/version.ts';
import { silentLog, type Log } from './log.ts';
import { openRuntime, type OpenedRuntime } from './runtime/open.ts';
import { joinCalls } from './runtime/batch/joinCalls.ts';
import type { Runtime, RuntimeClient, RuntimeState } from './runtime/runtime.ts';
import { createDeliver, type Deliver } from './sidecar/deliver.ts';
import { reportDeliveries } from './sidecar/deliveries.ts';
import { Health } from './sidecar/health.ts';
import { Intake } from './sidecar/intake.ts';
import { exitAfterTimeout } from './sidecar/layers/exitAfterTimeout.ts';
import { giveBackWhilePaused } from './sidecar/layers/giveBackWhilePaused.ts';
import { isolateSuspects } from './sidecar/layers/isolateSuspects.ts';
import { joinRedeliveries } from './sidecar/layers/joinRedeliveries.ts';
import { limitAttempts } from './sidecar/layers/limitAttempts.ts';
import { limitRedeliveries } from './sidecar/layers/limitRedeliveries.ts';
import { logErrorEnvelopes } from './sidecar/layers/logErrorEnvelopes.ts';
import { createRejectWaiting, protectRuntime } from './sidecar/layers/protectRuntime.ts';
import { rejectOverdue } from './sidecar/layers/rejectOverdue.ts';
import { rejectUnreadable } from './sidecar/layers/rejectUnreadable.ts';
import { resendForwarded } from './sidecar/layers/resendForwarded.ts';
import { retryAloneAfterCrash } from './sidecar/layers/retryAloneAfterCrash.ts';
import { suspectThreshold } from './sidecar/layers/suspects.ts';
import { RateLimiter } from './sidecar/rateLimit/rateLimiter.ts';
import { createHopProcessor } from './sidecar/processHop.ts';
import { createSettle, type Settle } from './sidecar/settle.ts';
import { Sidecar } from './sidecar/sidecar.ts';
import { openTransport, type OpenTransportOptions } from './transport/open.ts';
import type { Topology } from './transport/queues.ts';
import type { InspectableTransport } from './transport/inspection/inspectableTransport.ts';
import { SECOND } from './units.ts';

/** The time to send the last spans, metrics and logs, after the shutdown timeout. */
const FLUSH_TIMEOUT_MS = 5 * SECOND;

/**
 * Runs a sidecar until a signal stops it.
 * @param signals the signals, if the caller catches them already
 * @returns the exit code: 0 after a signal, 1 after a fault
 * @throws {ConfigError} when the environment breaks rules
 */
export async function run(
  environment: Environment,
  signals = handleStopSignals(),
): Promise<number> {
  const { config, warnings } = readConfig(environment);
  const { createTelemetry } = await import('../telemetry/telemetry.ts');
  const { telemetryOptions } = await import('../telemetry/telemetryOptions.ts');
  const health = new Health();
  const telemetry = createTelemetry(telemetryOptions(config, health, readVersion()));
  const { log } = telemetry;
  exitOnUncaughtException(log);
  for (const warning of warnings) log.warn(warning);
  const end = Promise.withResolvers<number>();
  void signals.first.then((signal) => {
    log.info({ signal }, 'stopping; finishing the hops in flight');
    end.resolve(0);
  });
  signals.onSecond((signal) => log.warn({ signal }, 'second signal; exiting at once'));

  const opened = new AsyncDisposableStack();
  const started = start({ config, telemetry, health, exit: end.resolve, opened });
  // A signal does not wait for the rest of the start: a broker may never answer.
  const code = await Promise.race([end.promise, started.then(() => end.promise)]);
  await opened.disposeAsync();
  log.info('stopped');
  await telemetry.shutdown(FLUSH_TIMEOUT_MS);
  return code;
}

interface StartOptions extends ServiceOptions {
  readonly telemetry: Telemetry;
  readonly health: Health;
  readonly opened: AsyncDisposableStack;
}

async function start(options: StartOptions): Promise<void> {
  const { config, telemetry, health, opened } = options;
  const { log } = telemetry;
  const metrics = config.metrics.enabled ? telemetry.metricsHandler : undefined;
  const hops = telemetry.hopsHandler;
  const http = openHttpServer({ address: config.metrics.address, health, metrics, hops });
  const { port } = await addTo(opened, http, (it) => {
    telemetry.closeHops();
    return it.close();
  });
  const { sidecar } = await openService(options);
  opened.defer(async () => {
    const left = await sidecar.drain(config.shutdownTimeoutMs);
    if (left > 0)
      log.warn({ left }, 'shutdown timeout expired; giving back the messages in flight');
  });
  log.info({ transport: config.transport, protocol: config.runtime.protocol, port }, 'started');
}

export interface ServiceOptions {
  readonly config: Config;
  /** @default no telemetry; no OpenTelemetry SDK is loaded */
  readonly telemetry?: Telemetry | undefined;
  /** @default the configured transport */
  readonly openTransport?: (
    options: OpenTransportOptions & { readonly topology: Topology },
  ) => Promise<InspectableTransport>;
  /** @default a new one */
  readonly health?: Health;
  /** @default the log of `telemetry`, or no log */
  readonly log?: Log;
  /** Ends the process with an exit code. @default nothing happens */
  readonly exit?: (code: number) => void;
  /** Receives the opened adapters; disposing of it closes them. @default a new one */
  readonly opened?: AsyncDisposableStack;
}

/** A sidecar with its adapters. */
export interface Service {
  readonly sidecar: Sidecar;
  readonly health: Health;
  /** Closes the adapters at once. Unsettled deliveries return to the broker. */
  readonly close: () => Promise<void>;
}

/** Opens the adapters, and starts a sidecar between them. */
export async function openService(options: ServiceOptions): Promise<Service> {
  const { config, telemetry, health = new Health(), log = telemetry?.log ?? silentLog } = options;
  const { opened = new AsyncDisposableStack() } = options;
  const clock = createProcessClock();
  const adapters = await openAdapters({ ...options, health, log, opened, clock });
  const closed = new AbortController();
  opened.defer(async () => closed.abort());

  const { actor, errorEnd, isEnd, prefetch, maxNesting } = config;
  const limiter = config.rateLimit ? new RateLimiter(config.rateLimit, clock) : undefined;
  const rejectWaiting = createRejectWaiting(adapters.runtime, limiter);
  const intake = new Intake({ prefetch, health, log, rejectWaiting });
  const describeDelivery = await loadDescribeDelivery(config);
  const parts = { ...options, ...adapters, log, health, intake, clock, limiter, describeDelivery };
  const read = actor === errorEnd ? readHopAtErrorEnd : readHop;
  const sidecar = new Sidecar({
    actor,
    transport: adapters.transport,
    read: (delivery) => read(delivery, { actor, isEnd, maxNesting }),
    process: createProcessor({ ...parts, closed: closed.signal }),
    intake,
    health,
    log,
  });
  sidecar.start();
  return { sidecar, health, close: () => opened.disposeAsync() };
}

interface AdapterOptions extends ServiceOptions {
  readonly health: Health;
  readonly log: Log;
  readonly opened: AsyncDisposableStack;
  readonly clock: Clock;
}

interface Adapters {
  readonly transport: InspectableTransport;
  readonly runtime: OpenedRuntime;
}

async function openAdapters(options: AdapterOptions): Promise<Adapters> {
  const { config, telemetry, health, log, opened, clock } = options;
  const { actor, happyEnd, errorEnd, concurrency, maxNesting } = config;
  const opening = (options.openTransport ?? openTransport)({
    config,
    topology: { actor, happyEnd, errorEnd, retryDelaysMs: config.retry.backoffMs },
    onState(state) {
      health.transport = state;
      telemetry?.onTransportState(state);
    },
    log,
  });
  const transport = await addTo(opened, opening, (it) => it.close());
  telemetry?.monitorQueues(transport);
  const onState = (state: RuntimeState): void => void (health.runtime = state);
  const batches = {
    limits: config.batch,
    endsWithTimeout: config.runtime.timeoutAction === 'exit',
    deliveries: reportDeliveries(health),
    onWait: (waitMs: number) => telemetry?.onBatchWait(waitMs),
    clock,
  };
  const runtimeOptions = { ...config.runtime, maxNesting, concurrency, batches, onState, log };
  const runtime = await addTo(opened, openRuntime(runtimeOptions), (it) => {
    it.rejectWaiting('draining');
    return it.client.close();
  });
  return { transport, runtime };
}

interface Parts extends ServiceOptions, Adapters {
  readonly log: Log;
  readonly health: Health;
  readonly intake: Intake;
  readonly clock: Clock;
  /** Undefined without a rate limit. */
  readonly limiter: RateLimiter | undefined;
  readonly describeDelivery: DescribeDelivery | undefined;
  /** Aborts when the process releases its deliveries. */
  readonly closed: AbortSignal;
}

/**
 * All layers, in the order in which a message meets them. Without telemetry its layers are absent.
 */
function listLayers(parts: Parts) {
  const { config, telemetry, log, runtime, health, intake, describeDelivery, exit } = parts;
  const { retry: policy, maxRedeliveries } = config;
  const threshold = suspectThreshold(maxRedeliveries);
  const concurrency = {
    inRuntime: Math.min(config.prefetch, config.concurrency) > 1,
    inSidecar: config.prefetch > 1,
    inBatches: config.batch.size > 1,
  };
  const hasRuntime = config.runtime.protocol !== 'none';
  const protection =
    hasRuntime &&
    protectRuntime({
      ...parts,
      breaker: config.breaker,
      prefetch: config.prefetch,
      batchSize: config.batch.size,
      onRateLimitWait: (waitMs) => telemetry?.onRateLimitWait(waitMs),
    });
  return {
    // Around the hop, from its delivery to its acknowledgment.
    hop: (settle: Settle) => [
      telemetry?.traceHops(describeDelivery), // span `process <actor>`
      telemetry?.observeHops, // metrics, log line and /hops, inside the span
      config.runtime.timeoutAction === 'exit' && exit && exitAfterTimeout(exit),
      joinRedeliveries(settle, health), // one call for each message, however often it is delivered
    ],
    // Around the decision. Layers before `rejectUnreadable` must not read the envelope.
    decision: [
      limitAttempts(policy, config), // error-end instead of a retry after the last attempt
      retryAloneAfterCrash(concurrency, threshold, policy), // alone, if others crashed with it
      giveBackWhilePaused(intake), // the runtime is absent, or the sidecar drains
      isolateSuspects(intake, threshold), // messages that may kill the sidecar: one at a time
      limitRedeliveries(maxRedeliveries, policy), // messages that do kill it: error-end
      rejectUnreadable(config), // not an envelope, or not for this actor
      resendForwarded(config), // unroutable at its first dispatch: no further call
      rejectOverdue(config), // past its deadline
      !hasRuntime && logErrorEnvelopes(log), // an end that only logs
    ],
    // Around a request to the runtime.
    call: [
      protection && protection.breakCircuit, // pauses consuming while most calls fail
      runtime.formBatches, // the wait for a slot is not limited in time
      protection && protection.limitRate, // calls that wait for it keep their slot
      hasRuntime && telemetry?.traceCalls, // span `call <actor>`
      hasRuntime && telemetry?.noteCalls, // the hop's part of the call, for its log line
    ],
    // Around a call, when all requests of its batch have joined.
    send: [
      hasRuntime && telemetry?.traceBatches, // span `call batch`
      hasRuntime && telemetry?.measureCalls, // metrics
      runtime.limitTime, // timeout and deadline
    ],
    // Around each publish.
    publish: [
      telemetry?.tracePublishes, // span `publish <destination>`, trace context into the headers
      telemetry?.observePublishes, // metrics, inside the span
    ],
  };
}

/** Builds the hop processor from its layers, the innermost first. */
function createProcessor(parts: Parts): HopProcessor {
  const { config, transport, runtime, health, intake, log, closed } = parts;
  const { retry: policy, maxNesting, maxMessageBytes } = config;
  const { timeoutMs } = config.runtime;
  const layers = listLayers(parts);
  const deliver = compose<Deliver>(present(layers.publish), createDeliver(transport));
  const publishing = { deliver, transport, routing: config, maxMessageBytes };
  const settle = createSettle({ ...publishing, intake, health, log, closed });
  const client = compose<RuntimeClient>(present(layers.send), runtime.client);
  const calls = compose<Runtime>(present(layers.call), joinCalls(client));
  const isDraining = (): boolean => health.draining;
  const router = createRouter(calls, { routing: config, policy, timeoutMs, isDraining });
  const decide = compose<Decide>(present(layers.decision), router);
  return compose<HopProcessor>(
    present(layers.hop(settle)),
    createHopProcessor({ decide, settle, policy, routing: config, maxNesting, log, closed }),
  );
}

function present<T>(layers: readonly (Layer<T> | false | undefined)[]): Layer<T>[] {
  return layers.filter((layer) => layer !== undefined && layer !== false);
}

/** The RabbitMQ adapter is loaded on RabbitMQ only. */
async function loadDescribeDelivery({ transport }: Config): Promise<DescribeDelivery | undefined> {
  if (transport !== 'rabbitmq') return undefined;
  const { describeDelivery } = await import('./transport/rabbitmq/describeDelivery.ts');
  return describeDelivery;
}

if (import.meta.main) {
  try {
    process.exit(await run(process.env));
  } catch (error) {
    process.stderr.write(`${error instanceof ConfigError ? error.message : inspect(error)}\n`);
    process.exit(error instanceof ConfigError ? 2 : 1);
  }
}
