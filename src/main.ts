import { inspect } from 'node:util';
import { createTelemetry, type Telemetry, type TelemetryOptions } from '../telemetry/layers.ts';
import { assemble } from './assemble.ts';
import { ConfigError, readConfig, type Config, type Environment } from './config.ts';
import { collectOnlyWhenFull } from './garbage.ts';
import { createHealth, type Health } from './health.ts';
import type { Layer, Work } from './hop.ts';
import { openHttp } from './http.ts';
import { openRuntime } from './runtime/open.ts';
import { exitOnFault, firstSignal } from './shutdown.ts';
import { openTransport } from './transport/open.ts';
import { readVersion } from './version.ts';

/** Spans, metrics and logs that are still to be sent get this much time beyond the shutdown's own, in milliseconds. */
const FLUSH_TIMEOUT_MS = 5_000;

/**
 * Runs a sidecar until it is told to stop: configuration, adapters, layers, sidecar, signals.
 * @returns the exit code: 0 when it was stopped, 1 after a fault
 * @throws {ConfigError} when the environment breaks rules
 */
export async function run(environment: Environment): Promise<number> {
  const { config, warnings } = readConfig(environment);
  collectOnlyWhenFull();
  const health = createHealth();
  const telemetry = createTelemetry(telemetryOptions(config, health));
  const { log } = telemetry;
  exitOnFault(log);
  for (const warning of warnings) log.warn(warning);
  const end = Promise.withResolvers<number>();
  void firstSignal(log).then((signal) => {
    log.info({ signal }, 'stopping: what is in flight is finished first');
    end.resolve(0);
  });

  const metrics = config.metrics.enabled ? telemetry.metricsHandler : undefined;
  const http = await openHttp({ address: config.metrics.address, health, metrics });
  const service = await openService({ config, telemetry, health, exit: end.resolve });
  log.info({ transport: config.transport, protocol: config.runtime.protocol, port: http.port }, 'started');

  const code = await end.promise;
  await service.stop(config.shutdownTimeoutMs);
  await http.close();
  log.info('stopped');
  await telemetry.shutdown(FLUSH_TIMEOUT_MS);
  return code;
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

/** A sidecar at work. */
interface Service {
  /** Stops consuming, finishes what is in flight for at most so long, and returns the rest to the queue. */
  stop(timeoutMs: number): Promise<void>;
}

interface ServiceOptions {
  readonly config: Config;
  readonly telemetry: Telemetry;
  readonly health: Health;
  /** Ends the process, cleanly, with an exit code. */
  readonly exit: (code: number) => void;
}

/** Opens the adapters, puts the layers round them, and the sidecar between them. */
async function openService({ config, telemetry, health, exit }: ServiceOptions): Promise<Service> {
  const { actor, happyEnd, errorEnd, isEnd, concurrency, maxNesting } = config;
  const { log } = telemetry;
  const closed = new AbortController();
  let runtimeChanged = (): void => {}; // nobody is there to be told yet

  const transport = await openTransport(
    config,
    { actor, happyEnd, errorEnd, retryDelaysMs: config.retry.backoffMs },
    (state) => {
      health.transport = state;
    },
    log,
  );

  telemetry.watchQueueDepth(() => transport.depth(actor));

  const { runtime, turnAway } = await openRuntime(
    { ...config.runtime, maxNesting, concurrency, around: telemetry.runtime },
    (state) => {
      health.runtime = state;
      runtimeChanged();
    },
    log,
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
      prefetch: config.rabbitmq.prefetch,
      concurrency,
      maxNesting,
      maxRedeliveries: config.maxRedeliveries,
      runtimeTimeoutMs: config.runtime.timeoutMs,
    },
  );
  runtimeChanged = () => sidecar.runtimeChanged();
  runtimeChanged();

  return {
    async stop(timeoutMs) {
      const left = await sidecar.drain(timeoutMs);
      if (left > 0) log.warn({ left }, 'the time-out is over; what is in flight goes back to the queue');
      closed.abort();
      await runtime.close();
      await transport.close();
    },
  };
}

/** For runtimes that do not recover from a call that hangs: the pod starts anew, once the message is settled. */
function exitAfterTimeout(exit: (code: number) => void): Layer<Work> {
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
