import { setTimeout as sleep } from 'node:timers/promises';
import { SECOND } from '../../src/units.ts';
import { setMemoryAlarm } from '../../test/kit/brokers/rabbitmqctl.ts';
import { until } from '../../test/kit/processes/until.ts';
import { createLoad, type Load } from './load.ts';
import { openLivePipeline, type LivePipeline } from './pipeline.ts';

/** A finished run of the scenario. The pipeline stays open for queries until `close`. */
export interface ScenarioRun {
  readonly pipeline: LivePipeline;
  /** The time at which Prometheus had scraped every sidecar. */
  readonly fromS: number;
  readonly toS: number;
  close(): Promise<void>;
}

type Step = (pipeline: LivePipeline, load: Load) => Promise<void>;

/**
 * The order matters. The broker is blocked while it still has the backlog that the dead runtimes
 * left, and the connection is lost when one replica remains, so that it receives its own
 * redeliveries.
 */
const STEPS: readonly Step[] = [
  produceEveryOutcome,
  leaveErrors,
  killOneRuntime,
  killAllRuntimes,
  blockBroker,
  refuseTelemetry,
  stopReplica,
  disconnectBroker,
];

export interface ScenarioOptions {
  /** Pause before each step. @default 0 */
  readonly pauseMs?: number;
  /** A fault that still lasts when the run ends. */
  readonly lastStep?: Step;
}

/**
 * Produces every outcome and every fault that a short run can produce. Each step waits until
 * Prometheus shows its effect.
 */
export async function runScenario({
  pauseMs = 0,
  lastStep,
}: ScenarioOptions = {}): Promise<ScenarioRun> {
  const pipeline = await openLivePipeline();
  const load = createLoad(pipeline.producer);
  const close = async (): Promise<void> => {
    load.stop();
    await pipeline.close();
  };
  try {
    await untilShown(pipeline, 'count(count_over_time(asya_actor_build_info[1m]) >= 2) == 5');
    const fromS = Date.now() / SECOND;
    load.start();
    await untilShown(pipeline, 'asya_actor_journey_hops_count{end="happy-end"} > 20');
    for (const step of STEPS) {
      await sleep(pauseMs);
      await step(pipeline, load);
    }
    await lastStep?.(pipeline, load);
    return { pipeline, fromS, toS: Date.now() / SECOND, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const INFER = ['infer-1', 'infer-2'] as const;
/**
 * Sidecars count failed messages once a minute. On a busy machine, a call of rabbitmqctl or the
 * start of a sidecar takes ten seconds.
 */
const SHOWN_WITHIN_MS = 90 * SECOND;

function untilShown({ prometheus }: LivePipeline, query: string): Promise<void> {
  return until(() => prometheus.shows(query), `Prometheus shows ${query}`, SHOWN_WITHIN_MS);
}

function untilFailed(pipeline: LivePipeline, reason: string): Promise<void> {
  return untilShown(pipeline, `asya_actor_messages_failed_total{reason="${reason}"} > 0`);
}

function untilPending(pipeline: LivePipeline, alert: string): Promise<void> {
  return untilShown(pipeline, `ALERTS{alertname="${alert}"}`);
}

async function produceEveryOutcome(pipeline: LivePipeline, load: Load): Promise<void> {
  await Promise.all([
    load.send('fan out'),
    load.send('fan out too wide'),
    load.send('return nothing'),
    load.send('reject'),
    load.send('reject', { park: true }),
    load.send('fail once'),
    load.send('fail always'),
    load.send('request a delay'),
    load.send('hang'),
    load.send('crash', { route: ['prep'] }),
    load.send('reply invalidly'),
    load.send('reply too much'),
    load.send('work', { route: ['infer', 'nowhere'] }),
    load.send('work', { route: ['infer', 'nowhere'] }),
    load.send('work', { headers: { 'x-asya-deadline': '2020-01-01T00:00:00Z' } }),
    load.sendBytes('no JSON'),
    load.sendBytes('{"no": "envelope"}'),
    load.sendBytes('{"id": "x", "route": {"actors": ["prep"], "current": 0}, "payload": 1}'),
  ]);
  await untilFailed(pipeline, 'runtime_timeout');
  for (const pod of INFER) pipeline.runtimes[pod].release('"late"');
  for (const reason of OTHER_REASONS) await untilFailed(pipeline, reason);
  await untilShown(pipeline, 'asya_actor_batch_failures_total > 0');
  await untilShown(pipeline, 'asya_actor_late_replies_total > 0');
  await untilShown(pipeline, 'asya_actor_deferrals_total > 0');
  await untilPending(pipeline, 'AsyaRetriesSpent');
  for (const burn of ['DeliveryBudgetBurn', 'FunctionBudgetBurn']) {
    await untilPending(pipeline, `Asya${burn}`);
    await untilPending(pipeline, `Asya${burn}Slow`);
  }
}

const OTHER_REASONS = [
  'runtime_crashed',
  'parse_error',
  'invalid_envelope',
  'route_mismatch',
  'deadline_exceeded',
  'runtime_error',
  'reply_invalid',
  'reply_too_large',
  'fanout_too_wide',
  'unroutable',
];

/** Stops the runtime of error-end, so that failed messages wait in its queue. */
async function leaveErrors(pipeline: LivePipeline, load: Load): Promise<void> {
  await pipeline.runtimes['error-end'].stop();
  for (let sent = 0; sent < 5; sent++) await load.send('reject');
  await untilPending(pipeline, 'AsyaErrorEndNotEmpty');
  // Sidecars count these messages once a minute.
  await untilPending(pipeline, 'AsyaEnvelopesParked');
  await pipeline.runtimes['error-end'].start();
}

/**
 * Kills the runtime of one of two replicas. Repeats until a message arrives after the runtime died
 * and before the sidecar notices.
 */
async function killOneRuntime(pipeline: LivePipeline, load: Load): Promise<void> {
  const { prometheus, runtimes } = pipeline;
  for (;;) {
    const sent = sendMany(load, 20);
    await runtimes['infer-2'].stop();
    await sent;
    await untilPending(pipeline, 'AsyaRuntimeDownOnReplica');
    if (await prometheus.shows('asya_actor_given_back_total{reason="runtime_absent"} > 0')) return;
    await runtimes['infer-2'].start();
    await untilShown(pipeline, 'min(asya_actor_runtime_up{actor="infer"}) == 1');
  }
}

/** Kills the other runtime too, until the backlog exceeds the number of processed messages. */
async function killAllRuntimes(pipeline: LivePipeline, load: Load): Promise<void> {
  await pipeline.runtimes['infer-1'].stop();
  await untilPending(pipeline, 'AsyaRuntimeDown');
  await sendMany(load, 500);
  await untilPending(pipeline, 'AsyaBacklogGrowing');
}

/** The broker notifies only publishing connections, so this step needs a backlog to process. */
async function blockBroker(pipeline: LivePipeline): Promise<void> {
  await setMemoryAlarm(pipeline.control, true);
  for (const pod of INFER) await pipeline.runtimes[pod].start();
  await untilShown(pipeline, 'min(asya_actor_broker_blocked{actor="infer"}) == 1');
  await untilPending(pipeline, 'AsyaBrokerBlocked');
  await setMemoryAlarm(pipeline.control, false);
  await untilShown(pipeline, 'sum(asya_actor_broker_blocked) == 0');
  await untilShown(pipeline, 'min(asya_actor_ready) == 1');
}

async function refuseTelemetry(pipeline: LivePipeline): Promise<void> {
  pipeline.collector.refuse();
  for (const signal of ['span', 'log']) {
    const refused = `otel_sdk_processor_${signal}_processed_total{error_type!=""}`;
    await untilShown(
      pipeline,
      `rate(${refused}[10s]) > 0 and on (instance) asya_actor_build_info{actor="infer"}`,
    );
  }
  await untilPending(pipeline, 'AsyaTelemetryDropped');
}

async function stopReplica(pipeline: LivePipeline, load: Load): Promise<void> {
  await startWork(pipeline, load, 'infer-2');
  pipeline.sidecars['infer-2'].kill('SIGTERM');
  await untilShown(pipeline, 'asya_actor_paused{reason="draining"} == 1');
  await untilPending(pipeline, 'AsyaPausedTooLong');
  await pipeline.sidecars['infer-2'].ended();
  await untilPending(pipeline, 'AsyaSidecarSilent');
}

/** Cuts the connection during calls, whose results the sidecar then holds. */
async function disconnectBroker(pipeline: LivePipeline, load: Load): Promise<void> {
  await startWork(pipeline, load, 'infer-1');
  await pipeline.network.down();
  await untilPending(pipeline, 'AsyaBrokerDisconnected');
  await untilPending(pipeline, 'AsyaHopsHeld');
  await untilShown(pipeline, 'max(asya_actor_held{actor="infer"}) > 0');
  await pipeline.network.up();
  await untilShown(pipeline, 'min(asya_actor_broker_connected) == 1');
  // This is the last effect, so wait until the last point of its panel has it.
  await untilShown(
    pipeline,
    'rate(asya_actor_replies_reused_total{actor="infer"}[10s] offset 1s) > 0',
  );
  await untilShown(pipeline, 'sum(asya_actor_held) == 0');
}

/** Sends long tasks to infer, and resolves when this replica runs one of them. */
async function startWork(
  { runtimes }: LivePipeline,
  load: Load,
  pod: (typeof INFER)[number],
): Promise<void> {
  const { calls } = runtimes[pod];
  const before = calls.length;
  await sendMany(load, 6, LONG_MS);
  const isLong = (payload: string): boolean => payload.includes(`"takesMs":${LONG_MS}`);
  await until(() => calls.slice(before).some(isLong), `${pod} runs a task`, SHOWN_WITHIN_MS);
}

const LONG_MS = 3 * SECOND;

async function sendMany(load: Load, count: number, takesMs = 5): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => load.send('work', { takesMs })));
}
