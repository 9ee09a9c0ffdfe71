import { createProcessClock, type Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { createBatchRoom } from './batch/batchRoom.ts';
import type { Deliveries } from './batch/deliveries.ts';
import type { BatchLimits } from './batch/gathering.ts';
import { createAvailabilityLog } from './readiness/availabilityLog.ts';
import { createConnectionPool } from './connection/pool.ts';
import { BATCH_LISTS } from './http/batchLists.ts';
import type { Endpoint } from './socket/endpoint.ts';
import { Slots } from './limits/slots.ts';
import { limitTime } from './limits/timeLimit.ts';
import { createNoRuntime } from './none.ts';
import { mergeStates } from './readiness/mergedStates.ts';
import { openReadinessProbe } from './readiness/readinessProbe.ts';
import {
  connectionFactoryOf,
  healthRequestOf,
  protocolHint,
  type HttpSettings,
  type RuntimeProtocol,
  type SocketProtocol,
} from './protocol.ts';
import type {
  AbsenceCause,
  RuntimeClient,
  RuntimeClientLayer,
  RuntimeLayer,
  RuntimeState,
} from './runtime.ts';

export interface RuntimeOptions {
  readonly protocol: RuntimeProtocol;
  readonly endpoint: Endpoint;
  /** The requests of the protocol `http`. @default `POST /` to the host `runtime` */
  readonly http?: HttpSettings;
  readonly maxReplyBytes: number;
  /** The deepest nesting of objects and arrays in a payload. */
  readonly maxNesting: number;
  /** The time without a ready runtime after which one error is logged, in milliseconds. */
  readonly readyTimeoutMs: number;
  /** The maximum number of concurrent calls. */
  readonly concurrency: number;
  /** @default calls are no batches */
  readonly batches?: BatchOptions;
  /** Called before the runtime is opened, and at each change. */
  readonly onState: (state: RuntimeState) => void;
  readonly log: Log;
}

export interface BatchOptions {
  readonly limits: BatchLimits;
  /** The process ends after a call that timed out. */
  readonly endsWithTimeout?: boolean;
  readonly deliveries: Deliveries;
  readonly clock: Clock;
  /** Called with the wait of each item for its batch and slot, in the context of its hop. */
  readonly onWait?: (waitMs: number) => void;
}

export interface OpenedRuntime {
  /** Makes calls, without the two layers below. */
  readonly client: RuntimeClient;
  /** Limits the concurrent calls, and forms batches. */
  readonly formBatches: RuntimeLayer;
  /** Limits the duration of a call that has its slot. */
  readonly limitTime: RuntimeClientLayer;
  /**
   * Ends the calls that wait for a slot as absent. Running calls continue. Items of a failed batch
   * continue to wait for their calls, unless the cause is `draining` or `breaker`.
   */
  readonly rejectWaiting: (cause?: AbsenceCause) => void;
}

/** Opens the runtime of a sidecar. Resolves after the first check of its readiness. */
export async function openRuntime(options: RuntimeOptions): Promise<OpenedRuntime> {
  const { protocol, onState } = options;
  if (protocol !== 'none') return openSocketRuntime({ ...options, protocol });
  onState({ ready: true });
  return {
    client: createNoRuntime(),
    formBatches: unchanged,
    limitTime: unchanged,
    rejectWaiting() {},
  };
}

async function openSocketRuntime(
  options: RuntimeOptions & { readonly protocol: SocketProtocol },
): Promise<OpenedRuntime> {
  const { protocol, endpoint, readyTimeoutMs, concurrency, onState, log } = options;
  const { batches = singleCalls() } = options;
  const availability = createAvailabilityLog(endpoint, log);
  const states = mergeStates((state) => {
    availability.report(state);
    onState(state);
  });
  const client = createConnectionPool({
    endpoint,
    createConnection: connectionFactoryOf(protocol, options),
    onAbsent: (reason) => probe.reportUnreachable(reason),
    onCrash: () => probe.reportCrash(),
    onUnexpectedData: (sizeBytes) =>
      log.warn({ sizeBytes }, 'runtime sent data without a request; connection closed'),
  });
  const probe = openReadinessProbe({
    endpoint,
    health: healthRequestOf(protocol, options.http),
    readyTimeoutMs,
    isQuiet: () => client.isQuiet(),
    onState(state) {
      if (!state.ready) client.resetObservations();
      room.setState(state);
      states.ofSocket(state);
    },
    log,
  });
  const slots = new Slots(concurrency, (state) => {
    states.ofSlots(state);
    if (!state.ready) room.rejectWaiting(state.reason);
  });
  const room = createBatchRoom({
    ...batches,
    slots,
    log,
    list: protocol === 'http' ? BATCH_LISTS : undefined,
  });
  await probe.check();
  const close = (): Promise<void> => {
    probe.close();
    availability.close();
    return client.close();
  };
  return {
    client: { send: (call) => client.send(call), close },
    formBatches: room.layer,
    limitTime: limitTime(() => (client.hasSentData() ? '' : protocolHint(protocol))),
    rejectWaiting: (cause) => room.rejectWaiting('consuming is paused', cause),
  };
}

function singleCalls(): BatchOptions {
  return {
    limits: { size: 1, waitMs: 0, maxBytes: 0 },
    deliveries: { mayArrive: () => false, giveBackCause: () => undefined },
    clock: createProcessClock(),
  };
}

function unchanged<T>(next: T): T {
  return next;
}
