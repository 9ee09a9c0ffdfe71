import { createMessageIds } from '../messageIds.ts';
import { createMemoryQueue, type MemoryQueue } from './queue.ts';
import type { Message } from '../message.ts';
import { SendError, type SendErrorCode } from '../transport.ts';

/**
 * A broker inside this process: every transport that is opened on it sees the same queues. Nothing
 * outlives it.
 */
export interface MemoryBroker {
  readonly control: MemoryControl;
  /** Joins a transport; it is told how the broker stands, at once and at every change. */
  join(onLink: (link: MemoryLink) => void): () => void;
  /** Makes the queue if there is none. */
  declare(queue: string): MemoryQueue;
  find(queue: string): MemoryQueue | undefined;
  /** @throws {SendError} unroutable, or as `control` was told */
  publish(queue: string, message: Message, delayMs: number): void;
}

/** What connects a transport to the broker. */
export interface MemoryLink {
  readonly connected: boolean;
  readonly blocked: boolean;
}

/** Makes the broker fail as real ones do. */
export interface MemoryControl {
  /**
   * The next sends fail. `stored`: the message reaches its queue nevertheless, as when only the
   * answer is lost.
   */
  failSends(count: number, code: SendErrorCode, options?: { readonly stored: boolean }): void;
  /** Takes no publishes until `unblock`; deliveries and settling go on. */
  block(): void;
  unblock(): void;
  /** Cuts every connection: what is in hand returns to its queue, counted. */
  disconnect(): void;
  reconnect(): void;
  /** Cancels a queue's consumers; each transport declares its queues and consumes again. */
  cancelConsumers(queue: string): void;
  /** Deletes a queue with what is in it, and cancels its consumers. */
  forget(queue: string): void;
}

export function createMemoryBroker(): MemoryBroker {
  const queues = new Map<string, MemoryQueue>();
  const joined = new Set<(link: MemoryLink) => void>();
  let link: MemoryLink = { connected: true, blocked: false };
  const failures: Failure[] = [];
  const nextId = createMessageIds();
  let lastPlace = 0;

  function change(part: Partial<MemoryLink>): void {
    link = { ...link, ...part };
    for (const onLink of joined) onLink(link);
  }

  function publish(queue: string, message: Message, delayMs: number): void {
    const failure = failures.shift();
    if (failure === undefined || failure.stored) store(queue, message, delayMs);
    if (failure !== undefined) throw new SendError(failure.code, `told to fail: ${failure.code}`);
  }

  function store(name: string, { body, headers, properties }: Message, delayMs: number): void {
    const queue = queues.get(name);
    if (queue === undefined) throw new SendError('unroutable', `there is no queue "${name}"`);
    // The sender may free the bytes after `send`, as with a broker that has received them.
    const message = { id: nextId(), body: Buffer.from(body), headers: { ...headers }, properties };
    // Whoever has waited gets its place when it is due, behind what came meanwhile.
    const put = () => queue.put({ ...message, place: ++lastPlace, deliveries: 0, unsettled: 0 });
    if (delayMs > 0) putAt(Date.now() + delayMs, put);
    else put();
  }

  return {
    join(onLink) {
      joined.add(onLink);
      onLink(link);
      return () => joined.delete(onLink);
    },
    declare(name) {
      const queue = queues.get(name) ?? createMemoryQueue();
      queues.set(name, queue);
      return queue;
    },
    find: (name) => queues.get(name),
    publish,
    control: {
      failSends(count, code, { stored } = { stored: false }) {
        for (let index = 0; index < count; index++) failures.push({ code, stored });
      },
      block: () => change({ blocked: true }),
      unblock: () => change({ blocked: false }),
      disconnect: () => change({ connected: false }),
      reconnect: () => change({ connected: true }),
      cancelConsumers: (name) => queues.get(name)?.cancelConsumers(),
      forget(name) {
        const queue = queues.get(name);
        queues.delete(name);
        queue?.cancelConsumers();
      },
    },
  };
}

interface Failure {
  readonly code: SendErrorCode;
  readonly stored: boolean;
}

/**
 * Timers may fire a millisecond before the clock has reached their time. They do not keep the
 * process alive.
 */
function putAt(dueAtMs: number, put: () => void): void {
  const waitMs = dueAtMs - Date.now();
  if (waitMs <= 0) put();
  else setTimeout(() => putAt(dueAtMs, put), waitMs).unref();
}
