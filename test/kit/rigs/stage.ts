import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import type { TestContext } from 'node:test';
import type { Headers } from '../../../src/transport/message.ts';
import type { Topology } from '../../../src/transport/queues.ts';
import { openArrivals, type Arrivals } from '../envelopes/arrivals.ts';
import { decode, type OpenTransport } from './rig.ts';
import type { Variables } from '../processes/sidecarProcess.ts';
import { temporarySocketPath } from '../runtimes/socketServer.ts';

/** A transport, and the variables of a sidecar process on the same broker. */
export interface StageOptions {
  readonly open: OpenTransport;
  readonly variablesOf: (topology: Topology) => Variables;
}

/**
 * Queues and a socket for a sidecar and a runtime that the test starts as processes.
 */
export interface Stage {
  readonly socketPath: string;
  /** The variables of the sidecar, without those that the test varies. */
  readonly variables: Variables;
  readonly happyEnd: Arrivals;
  readonly errorEnd: Arrivals;
  readonly send: (id: string, payload: unknown, headers?: Headers) => Promise<void>;
}

/** The failure in an error envelope. */
export interface Fate {
  readonly id: unknown;
  readonly code: unknown;
  readonly attempt: unknown;
}

const BACKOFF_MS = 100;

export async function openStage(
  t: TestContext,
  { open, variablesOf }: StageOptions,
): Promise<Stage> {
  const run = randomUUID().slice(0, 8);
  const names = { actor: `work-${run}`, happyEnd: `happy-${run}`, errorEnd: `error-${run}` };
  const topology: Topology = { ...names, retryDelaysMs: [BACKOFF_MS] };
  const socketPath = await temporarySocketPath(t);
  const transport = await open(topology, () => {});
  t.after(() => transport.close());
  const arrivalsAt = async (queue: string): Promise<Arrivals> => {
    const receiver = await open({ ...topology, actor: queue, retryDelaysMs: [] }, () => {});
    t.after(() => receiver.close());
    return openArrivals(receiver, queue);
  };
  return {
    socketPath,
    variables: {
      ASYA_ACTOR_NAME: names.actor,
      ASYA_ACTOR_HAPPY_END: names.happyEnd,
      ASYA_ACTOR_ERROR_END: names.errorEnd,
      ASYA_SOCKET_DIR: dirname(socketPath),
      ASYA_RETRY_BACKOFF: `${BACKOFF_MS}ms`,
      ASYA_METRICS_ADDR: '127.0.0.1:0',
      ...variablesOf(topology),
    },
    happyEnd: await arrivalsAt(names.happyEnd),
    errorEnd: await arrivalsAt(names.errorEnd),
    send: (id, payload, headers = {}) => {
      const envelope = { id, route: { actors: [names.actor], current: 0 }, payload };
      return transport.send(names.actor, { body: Buffer.from(JSON.stringify(envelope)), headers });
    },
  };
}

/** The number of different envelopes that have arrived. */
export function countIds({ arrived }: Arrivals): number {
  return new Set(arrived.map((delivery) => decode(delivery)['id'])).size;
}

export function fatesAt({ arrived }: Arrivals): Fate[] {
  return arrived.map((delivery) => {
    const { id, payload } = decode(delivery);
    const { code, attempt } = (payload as { details: { code: unknown; attempt: unknown } }).details;
    return { id, code, attempt };
  });
}
