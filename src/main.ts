import { inspect } from 'node:util';
import { createTelemetry, type Telemetry, type TelemetryOptions } from '../telemetry/telemetry.ts';
import { assemble } from './sidecar/assemble.ts';
import { ConfigError, readConfig, type Config, type Environment } from './config/config.ts';
import { createHealth, type Health } from './sidecar/health.ts';
import type { HopProcessor } from './hop/hop.ts';
import type { Layer } from './compose.ts';
import { openHttp } from './lifecycle/http.ts';
import { openRuntime } from './runtime/open.ts';
import { catchSignals, exitOnFault, type StopSignals } from './lifecycle/shutdown.ts';
import type { Log } from './log.ts';
import { openTransport } from './transport/open.ts';
import type { TransportState } from './transport/transport.ts';
import { readVersion } from './lifecycle/version.ts';

/**
 * Spans, metrics and logs that are still to be sent get this much time beyond the shutdown's own,
 * in milliseconds.
 */
const FLUSH_TIMEOUT_MS = 5_000;

/**
 * Runs a sidecar until a signal stops it: configuration, adapters, layers, sidecar, signals.
 * @param signals what stops it, when the caller catches them already
 * @returns the exit code: 0 when it was stopped, 1 after a fault
 * @throws {ConfigError} when the environment breaks rules
 */
export async function run(environment: Environment, signals = catchSignals()): Promise<number> {
  const { config, warnings } = readConfig(environment);
  const health = createHealth();
  const telemetry = createTelemetry(telemetryOptions(config, health));
  const { log } = telemetry;
  exitOnFault(log);
  for (const warning of warnings) log.warn(warning);
  const end = Promise.withResolvers<number>();
  resolveAtSignal(end, signals, log);

  const opened = new AsyncDisposableStack();
  const started = start({ config, telemetry, health, exit: end.resolve, opened });
  // What is still being opened at a signal is not waited for: a broker may never answer.
  const code = await Promise.race([end.promise, started.then(() => end.promise)]);
  await opened.disposeAsync();
  log.info('stopped');
  await telemetry.shutdown(FLUSH_TIMEOUT_MS);
  return code;
}

function resolveAtSignal(end: PromiseWithResolvers<number>, signals: StopSignals, log: Log): void {
  void signals.first.then((signal) => {
    log.info({ signal }, 'stopping: what is in flight is finished first');
    end.resolve(0);
  });
  signals.onSecond((signal) => log.warn({ signal }, 'a second signal: the process ends at once'));
}

function telemetryOptions(config: Config, health: Health): TelemetryOptions {
  const { actor, happyEnd, errorEnd, isEnd, transport, concurrency, runtime, trace, log } = config;
  return {
    actor,
    happyEnd,
    errorEnd,
    transport,
    concurrency,
    health,
    version: readVersion(),
    end: actor === errorEnd ? 'error-end' : isEnd ? 'happy-end' : undefined,
    runtimeProtocol: runtime.protocol,
    socketPath: runtime.socketPath,
    namespace: config.metrics.namespace,
    maxGapMs: trace.maxGapMs,
    maxFanout: trace.maxFanout,
    logLevel: log.level,
    logFormat: log.format ?? (process.stdout.isTTY ? 'pretty' : 'json'),
  };
}

interface StartOptions {
  readonly config: Config;
  readonly telemetry: Telemetry;
  readonly health: Health;
  /** Ends the process, cleanly, with an exit code. */
  readonly exit: (code: number) => void;
  /** Closes what has been opened, the last first. */
  readonly opened: AsyncDisposableStack;
}

async function start(options: StartOptions): Promise<void> {
  const { config, telemetry, health, opened } = options;
  const metrics = config.metrics.enabled ? telemetry.metricsHandler : undefined;
  const http = openHttp({ address: config.metrics.address, health, metrics });
  const { port } = await keepOpen(opened, http, (it) => it.close());
  await openService(options);
  telemetry.log.info(
    { transport: config.transport, protocol: config.runtime.protocol, port },
    'started',
  );
}

/**
 * Notes how something is closed once it is open; closes it at once when the process is stopping by
 * then.
 */
async function keepOpen<T>(
  opened: AsyncDisposableStack,
  opening: Promise<T>,
  close: (it: T) => Promise<void>,
): Promise<T> {
  const it = await opening;
  if (opened.disposed) {
    await close(it);
    throw new Error('stopped while starting');
  }
  opened.defer(() => close(it));
  return it;
}

/**
 * Opens the adapters, puts the layers round them, and the sidecar between them. Closed again, it
 * stops consuming, finishes what is in flight for at most the shutdown time-out, and returns the
 * rest to the queue.
 */
async function openService({
  config,
  telemetry,
  health,
  exit,
  opened,
}: StartOptions): Promise<void> {
  const { actor, happyEnd, errorEnd, isEnd, concurrency, maxNesting } = config;
  const { log } = telemetry;
  const closed = new AbortController();
  let runtimeChanged = (): void => {}; // nobody is there to be told yet

  const topology = { actor, happyEnd, errorEnd, retryDelaysMs: config.retry.backoffMs };
  const onState = (state: TransportState): void => {
    health.transport = state;
    telemetry.onTransportState(state);
  };
  const transport = await keepOpen(
    opened,
    openTransport({ config, topology, onState, log }),
    (it) => it.close(),
  );
  telemetry.watchQueueDepth(() => transport.depth(actor));

  const opening = openRuntime(
    { ...config.runtime, maxNesting, concurrency, around: telemetry.runtime },
    (state) => {
      health.runtime = state;
      runtimeChanged();
    },
    log,
  );
  const { runtime, rejectWaiting: turnAway } = await keepOpen(opened, opening, (it) =>
    it.runtime.close(),
  );

  const sidecar = assemble(
    {
      transport: telemetry.transport(transport),
      runtime,
      around: [
        ...telemetry.work,
        ...(config.runtime.timeoutAction === 'exit' ? [exitAfterTimeout(exit)] : []),
      ],
      turnAway,
      closed: closed.signal,
      health,
      log,
    },
    {
      place: {
        actor,
        happyEnd,
        errorEnd,
        isEnd,
        maxFanout: config.maxFanout,
        maxMessageBytes: config.maxMessageBytes,
      },
      policy: config.retry,
      prefetch: config.prefetch,
      concurrency,
      maxNesting,
      maxRedeliveries: config.maxRedeliveries,
      runtimeTimeoutMs: config.runtime.timeoutMs,
    },
  );
  runtimeChanged = () => sidecar.runtimeChanged();
  runtimeChanged();

  opened.defer(async () => {
    const left = await sidecar.drain(config.shutdownTimeoutMs);
    if (left > 0)
      log.warn({ left }, 'the time-out is over; what is in flight goes back to the queue');
    closed.abort();
  });
}

/**
 * For runtimes that do not recover from a call that hangs: the pod starts anew, once the message is
 * settled.
 */
function exitAfterTimeout(exit: (code: number) => void): Layer<HopProcessor> {
  return (next) => async (hop) => {
    const settled = await next(hop);
    if (settled.fault?.code === 'runtime_timeout') exit(1);
    return settled;
  };
}

if (import.meta.main) {
  try {
    process.exit(await run(process.env));
  } catch (error) {
    process.stderr.write(`${error instanceof ConfigError ? error.message : inspect(error)}\n`);
    process.exit(error instanceof ConfigError ? 2 : 1);
  }
}
