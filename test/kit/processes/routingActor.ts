import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ConfirmChannel } from 'amqplib';
import { openAmqpChannel } from '../brokers/amqpChannel.ts';
import { startRuntimeProcess, type RuntimeProcess } from './runtimeProcess.ts';
import { sharedBroker } from '../brokers/sharedBroker.ts';
import { startSidecarProcess, type SidecarProcess, type Variables } from './sidecarProcess.ts';
import { until } from './until.ts';

const RUNTIME = fileURLToPath(new URL('../../fixtures/routing_runtime.py', import.meta.url));

/** An envelope that was received from a queue. */
export interface ReceivedEnvelope {
  readonly id: string;
  readonly parent_id?: string;
  readonly route: { readonly actors: readonly string[]; readonly current: number };
  readonly headers: Readonly<Record<string, unknown>>;
  readonly payload: unknown;
}

interface Names {
  readonly actor: string;
  readonly next: string;
  readonly happyEnd: string;
  readonly errorEnd: string;
}

/**
 * A sidecar process and a runtime process that advances the route itself, between classic queues
 * that were declared before.
 */
export interface RoutingActor {
  readonly names: Names;
  readonly sidecar: SidecarProcess;
  readonly runtime: RuntimeProcess;
  /** Starts the runtime again after its exit. */
  readonly startRuntime: () => Promise<RuntimeProcess>;
  /** Releases a waiting runtime. */
  readonly release: () => Promise<void>;
  readonly send: (id: string, payload: unknown, more?: object) => void;
  readonly received: (queue: string) => ReceivedEnvelope[];
  /** Resolves with the first envelope of a queue. */
  readonly firstReceived: (queue: string) => Promise<ReceivedEnvelope>;
}

/** Starts both processes. Resolves when the sidecar is ready. */
export async function startRoutingActor(
  t: TestContext,
  variables: Variables = {},
): Promise<RoutingActor> {
  const run = randomUUID().slice(0, 8);
  const names = namesFor(run);
  const channel = await openAmqpChannel(t, sharedBroker().url);
  const exchange = `exchange-${run}`;
  await channel.assertExchange(exchange, 'topic');
  const queues = await openQueues(channel, exchange, names);
  const first = await startRuntimeProcess(t, ['python3', RUNTIME]);
  const { socketPath } = first;
  const sidecar = await startSidecarProcess({
    ...sidecarVariables(names, exchange, socketPath),
    ...variables,
  });
  t.after(sidecar.close);
  await sidecar.ready();

  const route = { actors: [names.actor, names.next], current: 0 };
  const received = (queue: string): ReceivedEnvelope[] =>
    queues.get(queue) ?? assert.fail(`the test does not consume ${queue}`);
  return {
    names,
    sidecar,
    runtime: first,
    startRuntime: () => startRuntimeProcess(t, ['python3', RUNTIME], { socketPath }),
    release: () => writeFile(join(dirname(socketPath), 'release'), ''),
    send(id, payload, more = {}) {
      const envelope = { id, route, payload, ...more };
      channel.publish(exchange, names.actor, Buffer.from(JSON.stringify(envelope)));
    },
    received,
    firstReceived: async (queue) => {
      await until(() => received(queue).length > 0, `an envelope at ${queue}`, 20_000);
      return received(queue)[0] ?? assert.fail();
    },
  };
}

function namesFor(run: string): Names {
  return {
    actor: `actor-${run}`,
    next: `next-${run}`,
    happyEnd: `happy-${run}`,
    errorEnd: `error-${run}`,
  };
}

function sidecarVariables(names: Names, exchange: string, socketPath: string): Variables {
  return {
    ASYA_RABBITMQ_URL: sharedBroker().url,
    ASYA_RABBITMQ_EXCHANGE: exchange,
    ASYA_ACTOR_NAME: names.actor,
    ASYA_ACTOR_HAPPY_END: names.happyEnd,
    ASYA_ACTOR_ERROR_END: names.errorEnd,
    ASYA_SOCKET_DIR: dirname(socketPath),
    ASYA_RUNTIME_PROTOCOL: 'envelope',
    ASYA_RETRY_BACKOFF: '50ms',
  };
}

/** Declares a queue for each actor and consumes all but the first; returns what they receive. */
async function openQueues(
  channel: ConfirmChannel,
  exchange: string,
  names: Names,
): Promise<ReadonlyMap<string, ReceivedEnvelope[]>> {
  const queues = new Map<string, ReceivedEnvelope[]>();
  for (const name of Object.values(names)) {
    await declareClassic(channel, exchange, name);
    if (name !== names.actor) queues.set(name, await consume(channel, name));
  }
  return queues;
}

async function declareClassic(
  channel: ConfirmChannel,
  exchange: string,
  actor: string,
): Promise<void> {
  await channel.assertQueue(`asya-${actor}`, { arguments: { 'x-queue-type': 'classic' } });
  await channel.bindQueue(`asya-${actor}`, exchange, actor);
}

async function consume(channel: ConfirmChannel, actor: string): Promise<ReceivedEnvelope[]> {
  const received: ReceivedEnvelope[] = [];
  const onMessage = (message: { content: Buffer } | null): void => {
    if (message !== null) received.push(JSON.parse(message.content.toString()) as ReceivedEnvelope);
  };
  await channel.consume(`asya-${actor}`, onMessage, { noAck: true });
  return received;
}
