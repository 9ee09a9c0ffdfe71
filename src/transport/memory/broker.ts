import type { Message } from '../message.ts';
import { createMessageIds } from '../messageIds.ts';
import { SendError, type SendErrorCode } from '../transport.ts';
import { MemoryQueue } from './queue.ts';

/** A broker inside this process. All transports opened on it share its queues. */
export interface MemoryBroker {
  readonly control: MemoryControl;
  /**
   * Connects a transport, and calls `onState` now and after each change. Returns a function that
   * disconnects it.
   */
  connect(onState: (state: BrokerState) => void): () => void;
  /** Returns the queue, and creates it if it does not exist. */
  declare(queue: string): MemoryQueue;
  find(queue: string): MemoryQueue | undefined;
  /** @throws {SendError} `unroutable`, or a failure requested by `control` */
  publish(queue: string, message: Message, delayMs: number): void;
}

export interface BrokerState {
  readonly connected: boolean;
  readonly blocked: boolean;
}

/** Simulates the failures of a broker, for tests. */
export interface MemoryControl {
  /** Makes the next sends fail; their messages are not stored. */
  failSends(count: number, code: SendErrorCode): void;
  /** Accepts no publishes until `unblock`. Deliveries and acks continue. */
  block(): void;
  unblock(): void;
  /** Cuts all connections. Unsettled deliveries are requeued and counted. */
  disconnect(): void;
  reconnect(): void;
}

export function createMemoryBroker(): MemoryBroker {
  const queues = new Map<string, MemoryQueue>();
  const transports = new Set<(state: BrokerState) => void>();
  const failures: SendErrorCode[] = [];
  const nextId = createMessageIds();
  let state: BrokerState = { connected: true, blocked: false };
  let lastPosition = 0;

  function change(part: Partial<BrokerState>): void {
    state = { ...state, ...part };
    for (const onState of transports) onState(state);
  }

  function publish(name: string, { body, headers, properties }: Message, delayMs: number): void {
    const failure = failures.shift();
    if (failure !== undefined) throw new SendError(failure, `simulated failure: ${failure}`);
    const queue = queues.get(name);
    if (queue === undefined) throw new SendError('unroutable', `no queue "${name}"`);
    // Copies the body, because the sender may overwrite it after `send`.
    const message = { id: nextId(), body: Buffer.from(body), headers: { ...headers }, properties };
    // A delayed message gets its position when it is due, behind the messages sent before then.
    const put = (): void =>
      queue.put({ ...message, position: ++lastPosition, deliveries: 0, unsettled: 0 });
    if (delayMs > 0) callAt(Date.now() + delayMs, put);
    else put();
  }

  return {
    connect(onState) {
      transports.add(onState);
      onState(state);
      return () => transports.delete(onState);
    },
    declare(name) {
      const queue = queues.get(name) ?? new MemoryQueue();
      queues.set(name, queue);
      return queue;
    },
    find: (name) => queues.get(name),
    publish,
    control: {
      failSends: (count, code) => void failures.push(...Array<SendErrorCode>(count).fill(code)),
      block: () => change({ blocked: true }),
      unblock: () => change({ blocked: false }),
      disconnect: () => change({ connected: false }),
      reconnect: () => change({ connected: true }),
    },
  };
}

/**
 * Calls a function at a time. Checks the clock again, because a timer may fire a millisecond early.
 * The timer does not keep the process alive.
 */
function callAt(timeMs: number, call: () => void): void {
  const waitMs = timeMs - Date.now();
  if (waitMs <= 0) call();
  else setTimeout(() => callAt(timeMs, call), waitMs).unref();
}
