import type { Headers, MessageProperties } from '../message.ts';

/** A message as the memory broker keeps it. */
export interface Stored {
  readonly id: string;
  readonly body: Buffer;
  readonly headers: Headers;
  readonly properties: MessageProperties | undefined;
  /** Its place in the queue: what stands lower is delivered earlier. */
  readonly place: number;
  readonly deliveries: number;
  readonly unsettled: number;
}

export interface MemoryConsumer {
  hasRoom(): boolean;
  deliver(stored: Stored): void;
  /** The queue is gone. */
  cancelled(): void;
}

/**
 * A queue that hands its messages to its consumers in turn, never from within the call that changed
 * it.
 */
export interface MemoryQueue {
  /** Takes a new message, or one that returns, at its place. */
  put(stored: Stored): void;
  attach(consumer: MemoryConsumer): void;
  detach(consumer: MemoryConsumer): void;
  /** A consumer may have room again. */
  wake(): void;
  /** How many messages wait for a consumer. */
  size(): number;
  consumerCount(): number;
  /** Drops every consumer and tells it. */
  cancelConsumers(): void;
}

export function createMemoryQueue(): MemoryQueue {
  const ready: Stored[] = [];
  let consumers: readonly MemoryConsumer[] = [];
  let isAwake = false;

  function wake(): void {
    if (isAwake) return;
    isAwake = true;
    setImmediate(() => {
      isAwake = false;
      handOut();
    });
  }

  function handOut(): void {
    for (;;) {
      const consumer =
        ready.length > 0 ? consumers.find((candidate) => candidate.hasRoom()) : undefined;
      const stored = consumer === undefined ? undefined : ready.shift();
      if (consumer === undefined || stored === undefined) return;
      consumers = [...consumers.filter((other) => other !== consumer), consumer];
      consumer.deliver(stored);
    }
  }

  return {
    put(stored) {
      const before = ready.findLastIndex(({ place }) => place < stored.place);
      ready.splice(before + 1, 0, stored);
      wake();
    },
    attach(consumer) {
      consumers = [...consumers, consumer];
      wake();
    },
    detach(consumer) {
      consumers = consumers.filter((other) => other !== consumer);
    },
    wake,
    size: () => ready.length,
    consumerCount: () => consumers.length,
    cancelConsumers() {
      const dropped = consumers;
      consumers = [];
      for (const consumer of dropped) consumer.cancelled();
    },
  };
}
