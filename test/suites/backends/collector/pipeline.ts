import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import type { TestContext } from 'node:test';
import type { Headers } from '../../../../src/transport/message.ts';
import { createInfer, errorEnd, type Task } from '../../../../tools/live/runtimes.ts';
import {
  startSidecarProcess,
  type SidecarProcess,
  type Variables,
} from '../../../kit/processes/sidecarProcess.ts';
import { until } from '../../../kit/processes/until.ts';
import { stageOnRabbitmq } from '../../../kit/rigs/rabbitmqRig.ts';
import { startScriptedRuntime, type Script } from '../../../kit/runtimes/scriptedRuntime.ts';
import { temporarySocketPath } from '../../../kit/runtimes/socketServer.ts';

/**
 * Sidecar processes on RabbitMQ that export to a collector:
 *
 *   prep ─▶ infer ─▶ happy-end, or error-end after a failure
 */
export interface Pipeline {
  readonly sidecars: Readonly<Record<Role, SidecarProcess>>;
  /** Sends an envelope to prep by default. */
  readonly send: (id: string, task: Partial<PipelineTask>, options?: SendOptions) => Promise<void>;
  /** Stops the sidecars, which send their telemetry first; resolves with their exit codes. */
  stop(): Promise<(number | null)[]>;
}

export interface PipelineTask extends Task {
  /** Infer replies with three envelopes to a second visit of prep, which fails for the last one. */
  readonly oneChildFails: true;
  /** Makes prep reject the envelope. */
  readonly failing: true;
}

export interface SendOptions {
  /** Headers of the envelope. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers of the message, such as the trace context of a producer. */
  readonly messageHeaders?: Headers;
  /** @default prep */
  readonly to?: Role;
}

type Role = 'prep' | 'infer' | 'happy-end' | 'error-end';

const RETRY_DELAY_MS = 200;

/** @param exporter variables of the sidecars, at least the collector's endpoint */
export async function openPipeline(t: TestContext, exporter: Variables): Promise<Pipeline> {
  const run = randomUUID().slice(0, 8);
  const named = (role: Role): string => `${role}-${run}`;
  const topology = {
    actor: named('prep'),
    happyEnd: named('happy-end'),
    errorEnd: named('error-end'),
    retryDelaysMs: [RETRY_DELAY_MS],
  };
  const { open, variablesOf } = stageOnRabbitmq();
  const sidecars = await startSidecars(t, (role) => ({
    ...SETTINGS,
    ...variablesOf(topology),
    ASYA_ACTOR_NAME: named(role),
    ASYA_ACTOR_HAPPY_END: topology.happyEnd,
    ASYA_ACTOR_ERROR_END: topology.errorEnd,
    ...exporter,
  }));
  const producer = await open(topology, () => {});
  t.after(() => producer.close());

  return {
    sidecars,
    send(id, task, { headers = {}, messageHeaders = {}, to = 'prep' } = {}) {
      const roles: readonly Role[] =
        task.oneChildFails === true ? ['prep', 'infer', 'prep'] : ['prep', 'infer'];
      const route = { actors: roles.map(named), current: 0 };
      const payload = { id, behaviour: 'work', takesMs: 1, ...task };
      return producer.send(named(to), {
        body: Buffer.from(JSON.stringify({ id, route, headers, payload })),
        headers: { 'asya-published-at': Date.now(), ...messageHeaders },
      });
    },
    stop() {
      const all = Object.values(sidecars);
      for (const sidecar of all) sidecar.kill('SIGTERM');
      return Promise.all(all.map((sidecar) => sidecar.ended()));
    },
  };
}

/**
 * Sends the journey `well`, `again`, whose first attempt fails, and `badly`, which ends at
 * error-end. Resolves when all have ended.
 */
export async function sendThree({ send, sidecars }: Pipeline): Promise<void> {
  await send('well', {});
  await send('again', { behaviour: 'fail once' });
  await send('badly', { behaviour: 'reject' });
  await until(() => sidecars['happy-end'].count('hop: end') === 2, 'two journeys');
  await until(() => sidecars['error-end'].count('hop: end') === 1, 'the failed journey');
}

/** Starts all sidecars with their runtimes; resolves when they are ready. */
async function startSidecars(
  t: TestContext,
  variablesOf: (role: Role) => Variables,
): Promise<Pipeline['sidecars']> {
  const start = async (role: Role, script?: Script): Promise<SidecarProcess> => {
    const socketPath = await temporarySocketPath(t);
    if (script !== undefined) {
      const runtime = await startScriptedRuntime(socketPath, script);
      t.after(() => runtime.stop());
    }
    const sidecar = await startSidecarProcess({
      ...variablesOf(role),
      ASYA_SOCKET_DIR: dirname(socketPath),
      ...(script === undefined ? { ASYA_RUNTIME_PROTOCOL: 'none' } : {}),
    });
    t.after(sidecar.close);
    return sidecar;
  };
  const sidecars = {
    'happy-end': await start('happy-end'),
    'error-end': await start('error-end', errorEnd),
    infer: await start('infer', inferScript()),
    prep: await start('prep', prepScript),
  };
  await Promise.all(Object.values(sidecars).map((sidecar) => sidecar.ready()));
  return sidecars;
}

const SETTINGS = {
  PATH: process.env['PATH'] ?? '',
  ASYA_LOG_FORMAT: 'json',
  ASYA_CONCURRENCY: '16',
  ASYA_RUNTIME_TIMEOUT: '30s',
  ASYA_MAX_FANOUT: '50',
  ASYA_RETRY_MAX_ATTEMPTS: '2',
  ASYA_RETRY_BACKOFF: `${RETRY_DELAY_MS}ms`,
  OTEL_BSP_SCHEDULE_DELAY: '500',
  OTEL_BLRP_SCHEDULE_DELAY: '500',
} as const;

const prepScript: Script = (payload) =>
  (JSON.parse(payload) as Partial<PipelineTask>).failing === true
    ? JSON.stringify({ error: 'TaskError', message: 'rejected' })
    : payload;

function inferScript(): Script {
  const infer = createInfer();
  return (payload, call) => {
    const task = JSON.parse(payload) as Partial<PipelineTask>;
    if (task.oneChildFails !== true) return infer(payload, call);
    return JSON.stringify([task, task, { ...task, failing: true }]);
  };
}
