import type { Log } from '../log.ts';
import { createAvailabilityLog } from './readiness/availabilityLog.ts';
import { createRuntimeClient, type CreateConnection } from './connection/pool.ts';
import { createFramedConnection, ENVELOPE_FRAMES, PAYLOAD_FRAMES } from './framed/framed.ts';
import { createHttpConnection } from './http/http.ts';
import { limitSlots } from './limits/slots.ts';
import { limitTime } from './limits/timeLimit.ts';
import { createNoRuntime } from './none.ts';
import { openReadinessProbe } from './readiness/readinessProbe.ts';
import type { Runtime, RuntimeLayer, RuntimeState } from './runtime.ts';

export type RuntimeProtocol = 'payload' | 'envelope' | 'http' | 'none';

export interface RuntimeOptions {
  readonly protocol: RuntimeProtocol;
  readonly socketPath: string;
  readonly maxReplyBytes: number;
  /** The most objects and arrays inside each other in a payload. */
  readonly maxNesting: number;
  /** How long the runtime may be missing before an error is logged, in milliseconds. */
  readonly readyTimeoutMs: number;
  /** The most calls at once. */
  readonly concurrency: number;
}

export interface OpenedRuntime {
  /** Makes calls, without the two layers below. */
  readonly client: Runtime;
  /** Limits the concurrent calls. */
  readonly limitSlots: RuntimeLayer;
  /** Limits the duration of a call that has its slot. */
  readonly limitTime: RuntimeLayer;
  /** Ends all calls that wait for a slot as absent. Running calls continue. */
  readonly rejectWaiting: () => void;
}

/**
 * Opens the runtime of a sidecar. Resolves after the first check of its readiness.
 * @param onState called before this resolves, and at each change
 */
export async function openRuntime(
  options: RuntimeOptions,
  onState: (state: RuntimeState) => void,
  log: Log,
): Promise<OpenedRuntime> {
  const { protocol, socketPath, readyTimeoutMs, concurrency } = options;
  if (protocol === 'none') {
    onState({ ready: true });
    return { client: createNoRuntime(), limitSlots: same, limitTime: same, rejectWaiting() {} };
  }
  const absences = createAvailabilityLog(socketPath, log);
  const states = mergeStates((state) => {
    absences.report(state);
    onState(state);
  });
  const client = createRuntimeClient({
    socketPath,
    createConnection: connectionsOf(protocol, options),
    onAbsent: (reason) => readiness.reportUnreachable(reason),
    onUnexpectedData: (message) => log.warn(`${message}; its connection is closed`),
  });
  const readiness = openReadinessProbe({
    socketPath,
    readyTimeoutMs,
    isQuiet: () => client.isQuiet(),
    onState(state) {
      if (!state.ready) client.resetObservations();
      states.ofSocket(state);
    },
    log,
  });
  const slots = limitSlots(concurrency, states.ofSlots);
  const hintOf = (): string => (client.hasSentData() ? '' : silenceHint(protocol));
  await readiness.check();
  return {
    client: {
      call: (request) => client.call(request),
      close: () => {
        readiness.close();
        absences.close();
        return client.close();
      },
    },
    limitSlots: slots.layer,
    limitTime: limitTime(hintOf),
    rejectWaiting: () => slots.rejectWaiting('consuming is paused'),
  };
}

function same(runtime: Runtime): Runtime {
  return runtime;
}

/** A runtime that waits for another protocol's request is silent for ever. */
function silenceHint(protocol: RuntimeProtocol): string {
  return `, and has not sent a byte yet: does it speak the protocol that ASYA_RUNTIME_PROTOCOL names (${protocol})?`;
}

function connectionsOf(
  protocol: Exclude<RuntimeProtocol, 'none'>,
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

/** A runtime can be called when it is there and has a slot free; the socket's reason goes first. */
function mergeStates(onState: (state: RuntimeState) => void): {
  readonly ofSocket: (state: RuntimeState) => void;
  readonly ofSlots: (state: RuntimeState) => void;
} {
  let socket: RuntimeState = { ready: false, reason: 'not looked for yet' };
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
