import { setTimeout as sleep } from 'node:timers/promises';
import { setMemoryAlarm } from '../../test/kit/brokers/rabbitmqctl.ts';
import { until } from '../../test/kit/processes/until.ts';
import { openLivePipeline, type LivePipeline } from './pipeline.ts';
import { createProducer, type Producer } from './load.ts';

/** What Prometheus has seen of a pipeline to which everything happens. */
export interface Story {
  readonly pipeline: LivePipeline;
  /** From when on Prometheus knew of every sidecar. */
  readonly fromS: number;
  readonly toS: number;
  close(): Promise<void>;
}

type Scene = (pipeline: LivePipeline, producer: Producer) => Promise<void>;

/**
 * In this order: a blocked broker holds up the backlog that an absent runtime has left, and
 * messages of a lost connection come back to the replica that has them in hand when it is the only
 * one.
 */
const SCENES: readonly Scene[] = [
  everyOutcome,
  oneRuntimeKilled,
  everyRuntimeKilled,
  brokerBlocked,
  collectorRefuses,
  replicaStopped,
  brokerLost,
];

export interface Telling {
  /** How long nothing happens before each scene, for whoever looks at it. @default 0 */
  readonly restMs?: number;
  /** What happens at last, and has not ended when the story ends. */
  readonly last?: Scene;
}

/**
 * Drives every outcome and every trouble that can be brought about, each until Prometheus shows it.
 */
export async function tellStory({ restMs = 0, last }: Telling = {}): Promise<Story> {
  const pipeline = await openLivePipeline();
  const producer = createProducer(pipeline.producer);
  const close = async (): Promise<void> => {
    producer.stop();
    await pipeline.close();
  };
  try {
    await seen(pipeline, 'count(count_over_time(asya_actor_build_info[1m]) >= 2) == 5');
    const fromS = Date.now() / 1000;
    producer.flow();
    await seen(pipeline, 'asya_actor_journey_hops_count{end="happy-end"} > 20');
    for (const scene of SCENES) {
      await sleep(restMs);
      await scene(pipeline, producer);
    }
    await last?.(pipeline, producer);
    return { pipeline, fromS, toS: Date.now() / 1000, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const INFER = ['infer-1', 'infer-2'] as const;
/**
 * On a busy machine one call of rabbitmqctl takes ten seconds, and a start of a sidecar as long.
 */
const SEEN_WITHIN_MS = 60_000;

function seen({ prometheus }: LivePipeline, query: string): Promise<void> {
  return until(() => prometheus.shows(query), `Prometheus shows ${query}`, SEEN_WITHIN_MS);
}

function failed(pipeline: LivePipeline, reason: string): Promise<void> {
  return seen(pipeline, `asya_actor_messages_failed_total{reason="${reason}"} > 0`);
}

function pending(pipeline: LivePipeline, alert: string): Promise<void> {
  return seen(pipeline, `ALERTS{alertname="${alert}"}`);
}

async function everyOutcome(pipeline: LivePipeline, producer: Producer): Promise<void> {
  await Promise.all([
    producer.send('fan out'),
    producer.send('fan out too wide'),
    producer.send('answer nothing'),
    producer.send('refuse'),
    producer.send('refuse', { park: true }),
    producer.send('fail once'),
    producer.send('fail always'),
    producer.send('ask for a delay'),
    producer.send('hang'),
    producer.send('die', { route: ['prep'] }),
    producer.send('talk nonsense'),
    producer.send('talk too much'),
    producer.send('work', { route: ['infer', 'nowhere'] }),
    producer.send('work', { route: ['infer', 'nowhere'] }),
    producer.send('work', { headers: { 'x-asya-deadline': '2020-01-01T00:00:00Z' } }),
    producer.sendBytes('no JSON'),
    producer.sendBytes('{"no": "envelope"}'),
    producer.sendBytes('{"id": "x", "route": {"actors": ["prep"], "current": 0}, "payload": 1}'),
  ]);
  await failed(pipeline, 'runtime_timeout');
  for (const pod of INFER) pipeline.runtimes[pod].release('"late"');
  for (const reason of OTHER_REASONS) await failed(pipeline, reason);
  await seen(pipeline, 'asya_actor_late_replies_total > 0');
  await seen(pipeline, 'asya_actor_deferrals_total > 0');
  for (const alert of ['AsyaRetriesSpent', 'AsyaEnvelopesParked']) await pending(pipeline, alert);
  for (const burn of ['DeliveryBudgetBurn', 'FunctionBudgetBurn']) {
    await pending(pipeline, `Asya${burn}`);
    await pending(pipeline, `Asya${burn}Slow`);
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

/**
 * Of two replicas; again, until a message has come after it was gone and before that was noticed.
 */
async function oneRuntimeKilled(pipeline: LivePipeline, producer: Producer): Promise<void> {
  const { prometheus, runtimes } = pipeline;
  for (;;) {
    const sent = sendMany(producer, 20);
    await runtimes['infer-2'].stop();
    await sent;
    await pending(pipeline, 'AsyaRuntimeDownOnReplica');
    if (await prometheus.shows('asya_actor_given_back_total{reason="runtime_absent"} > 0')) return;
    await runtimes['infer-2'].start();
    await seen(pipeline, 'min(asya_actor_runtime_up{actor="infer"}) == 1');
  }
}

/** The other one, too, until there is a backlog of more than what has been done so far. */
async function everyRuntimeKilled(pipeline: LivePipeline, producer: Producer): Promise<void> {
  await pipeline.runtimes['infer-1'].stop();
  await pending(pipeline, 'AsyaRuntimeDown');
  await sendMany(producer, 500);
  await pending(pipeline, 'AsyaBacklogGrowing');
}

/**
 * The broker says only to who publishes that it is blocked, so that there must be a backlog to work
 * on.
 */
async function brokerBlocked(pipeline: LivePipeline): Promise<void> {
  await setMemoryAlarm(pipeline.control, true);
  for (const pod of INFER) await pipeline.runtimes[pod].start();
  await seen(pipeline, 'min(asya_actor_broker_blocked{actor="infer"}) == 1');
  await pending(pipeline, 'AsyaBrokerBlocked');
  await setMemoryAlarm(pipeline.control, false);
  await seen(pipeline, 'sum(asya_actor_broker_blocked) == 0');
  await seen(pipeline, 'min(asya_actor_ready) == 1');
}

async function collectorRefuses(pipeline: LivePipeline): Promise<void> {
  pipeline.collector.refuse();
  for (const signal of ['span', 'log']) {
    const refused = `otel_sdk_processor_${signal}_processed_total{error_type!=""}`;
    await seen(
      pipeline,
      `rate(${refused}[10s]) > 0 and on (instance) asya_actor_build_info{actor="infer"}`,
    );
  }
  await pending(pipeline, 'AsyaTelemetryDropped');
}

async function replicaStopped(pipeline: LivePipeline, producer: Producer): Promise<void> {
  await workBegins(pipeline, producer, 'infer-2');
  pipeline.sidecars['infer-2'].kill('SIGTERM');
  await seen(pipeline, 'asya_actor_paused{reason="draining"} == 1');
  await pending(pipeline, 'AsyaPausedTooLong');
  await pipeline.sidecars['infer-2'].ended();
  await pending(pipeline, 'AsyaSidecarSilent');
}

/** While calls are under way, whose results are held. */
async function brokerLost(pipeline: LivePipeline, producer: Producer): Promise<void> {
  await workBegins(pipeline, producer, 'infer-1');
  await pipeline.network.down();
  await pending(pipeline, 'AsyaBrokerDisconnected');
  await pending(pipeline, 'AsyaHopsHeld');
  await pipeline.network.up();
  await seen(pipeline, 'min(asya_actor_broker_connected) == 1');
  // The last that is asked for, and of infer, so it must have been there when the last point of its
  // panels is drawn.
  await seen(pipeline, 'rate(asya_actor_replies_reused_total{actor="infer"}[10s] offset 1s) > 0');
  await seen(pipeline, 'sum(asya_actor_held) == 0');
}

/** Sends work to infer, and resolves when this replica has some of it to wait for. */
async function workBegins(
  { runtimes }: LivePipeline,
  producer: Producer,
  pod: (typeof INFER)[number],
): Promise<void> {
  const { calls } = runtimes[pod];
  const before = calls.length;
  await sendMany(producer, 6, LONG_MS);
  const isLong = (payload: string): boolean => payload.includes(`"takesMs":${LONG_MS}`);
  await until(() => calls.slice(before).some(isLong), `${pod} is at work`, SEEN_WITHIN_MS);
}

const LONG_MS = 3_000;

async function sendMany(producer: Producer, count: number, takesMs = 5): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => producer.send('work', { takesMs })));
}
