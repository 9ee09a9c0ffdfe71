import type { Message } from '../message.ts';
import { randomUUID } from 'node:crypto';
import { SendError, type SendErrorCode } from '../transport.ts';
import { MemoryQueue, type StoredMessage } from './queue.ts';

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
  remove(queue: string): void;
  /** Publishes a copy to a reply queue, if the queue exists. */
  publishCopy(queue: string, copy: Message): void;
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
  return new InProcessBroker();
}

class InProcessBroker implements MemoryBroker {
  readonly #queues = new Map<string, MemoryQueue>();
  readonly #transports = new Set<(state: BrokerState) => void>();
  readonly #failures: SendErrorCode[] = [];
  #state: BrokerState = { connected: true, blocked: false };
  #lastPosition = 0;

  readonly control: MemoryControl = {
    failSends: (count, code) => void this.#failures.push(...Array<SendErrorCode>(count).fill(code)),
    block: () => this.#change({ blocked: true }),
    unblock: () => this.#change({ blocked: false }),
    disconnect: () => this.#change({ connected: false }),
    reconnect: () => this.#change({ connected: true }),
  };

  connect(onState: (state: BrokerState) => void): () => void {
    this.#transports.add(onState);
    onState(this.#state);
    return () => this.#transports.delete(onState);
  }

  declare(name: string): MemoryQueue {
    const queue = this.#queues.get(name) ?? new MemoryQueue();
    this.#queues.set(name, queue);
    return queue;
  }

  find(name: string): MemoryQueue | undefined {
    return this.#queues.get(name);
  }

  remove(name: string): void {
    this.#queues.delete(name);
  }

  publishCopy(name: string, copy: Message): void {
    this.#queues.get(name)?.put(this.#store(copy));
  }

  publish(name: string, message: Message, delayMs: number): void {
    const failure = this.#failures.shift();
    if (failure !== undefined) throw new SendError(failure, `simulated failure: ${failure}`);
    const queue = this.#queues.get(name);
    if (queue === undefined) throw new SendError('unroutable', `no queue "${name}"`);
    const stored = this.#store(message);
    // A delayed message gets its position when it is due, behind the messages sent before then.
    const put = (): void => queue.put({ ...stored, position: ++this.#lastPosition });
    if (delayMs <= 0) return put();
    const endDelay = queue.startDelay();
    callAt(Date.now() + delayMs, () => {
      endDelay();
      put();
    });
  }

  #store({ body, headers, properties }: Message): StoredMessage {
    return {
      id: randomUUID(),
      // A copy, because the sender may overwrite the body after `send`.
      body: Buffer.from(body),
      headers: { ...headers },
      properties,
      deliveries: 0,
      unsettled: 0,
      position: ++this.#lastPosition,
    };
  }

  #change(part: Partial<BrokerState>): void {
    this.#state = { ...this.#state, ...part };
    for (const onState of this.#transports) onState(this.#state);
  }
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
