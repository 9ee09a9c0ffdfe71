import { createProcessClock, type Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { createBatchRoom } from './batch/batchRoom.ts';
import type { Deliveries } from './batch/deliveries.ts';
import type { BatchLimits } from './batch/gathering.ts';
import { createAvailabilityLog } from './readiness/availabilityLog.ts';
import { createConnectionPool, type CreateConnection } from './connection/pool.ts';
import { createFramedConnection, ENVELOPE_FRAMES, PAYLOAD_FRAMES } from './framed/framed.ts';
import { BATCH_LISTS } from './http/batchLists.ts';
import { createHttpConnection } from './http/http.ts';
import { Slots } from './limits/slots.ts';
import { limitTime } from './limits/timeLimit.ts';
import { createNoRuntime } from './none.ts';
import { openReadinessProbe } from './readiness/readinessProbe.ts';
import type {
  AbsenceCause,
  RuntimeClient,
  RuntimeClientLayer,
  RuntimeLayer,
  RuntimeState,
} from './runtime.ts';

export type RuntimeProtocol = 'payload' | 'envelope' | 'http' | 'none';

export interface RuntimeOptions {
  readonly protocol: RuntimeProtocol;
  readonly socketPath: string;
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
  readonly deliveries: Deliveries;
  /** Called with the time for which a request has waited for its batch and a slot. */
  readonly onWait?: (waitMs: number) => void;
  readonly clock: Clock;
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

type SocketProtocol = Exclude<RuntimeProtocol, 'none'>;

async function openSocketRuntime(
  options: RuntimeOptions & { readonly protocol: SocketProtocol },
): Promise<OpenedRuntime> {
  const { protocol, socketPath, readyTimeoutMs, concurrency, onState, log } = options;
  const { batches = singleCalls() } = options;
  const availability = createAvailabilityLog(socketPath, log);
  const states = mergeStates((state) => {
    availability.report(state);
    onState(state);
  });
  const client = createConnectionPool({
    socketPath,
    createConnection: connectionFactoryOf(protocol, options),
    onAbsent: (reason) => probe.reportUnreachable(reason),
    onUnexpectedData: (sizeBytes) =>
      log.warn({ sizeBytes }, 'runtime sent data without a request; connection closed'),
  });
  const probe = openReadinessProbe({
    socketPath,
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

/** A runtime that waits for a request in another protocol never answers. */
function protocolHint(protocol: RuntimeProtocol): string {
  return ` and has not sent a byte yet; does it use the protocol of ASYA_RUNTIME_PROTOCOL (${protocol})?`;
}

function connectionFactoryOf(
  protocol: SocketProtocol,
  { maxReplyBytes, maxNesting }: RuntimeOptions,
): CreateConnection {
  const limits = { maxReplyBytes, maxNesting };
  switch (protocol) {
    case 'payload':
      return (socket, events) =>
        createFramedConnection(socket, events, { ...limits, protocol: PAYLOAD_FRAMES });
    case 'envelope':
      return (socket, events) =>
        createFramedConnection(socket, events, { ...limits, protocol: ENVELOPE_FRAMES });
    case 'http':
      return (socket, events) => createHttpConnection(socket, events, limits);
  }
}

/** Reports ready if both the socket and the slots are ready. The socket's reason has priority. */
function mergeStates(onState: (state: RuntimeState) => void): {
  readonly ofSocket: (state: RuntimeState) => void;
  readonly ofSlots: (state: RuntimeState) => void;
} {
  let socket: RuntimeState = { ready: false, reason: 'not checked yet' };
  let slots: RuntimeState = { ready: true };
  const report = (): void => onState(socket.ready ? slots : socket);
  return {
    ofSocket(state) {
      socket = state;
      report();
    },
    ofSlots(state) {
      slots = state;
      report();
    },
  };
}
