import type { Delivery, Subscription, Transport } from '../../transport/transport.ts';
import { DecidedMessages, type Verdict } from './decidedMessages.ts';
import { DeliveryBuffer } from './deliveryBuffer.ts';
import { TaskWindow } from '../../taskWindow.ts';

export interface DrainOptions {
  readonly transport: Transport;
  readonly queue: string;
  /** Called for the messages in order. Each one is settled when its own verdict is known. */
  readonly decide: (delivery: Delivery) => Promise<Verdict>;
  /** The largest number of pending verdicts. @default 1 */
  readonly concurrency?: number;
  /** The largest number of messages to decide. */
  readonly limit: number;
  /** The queue counts as drained when no message arrives for this time, in milliseconds. */
  readonly idleTimeoutMs: number;
  /** Ends the drain before the next message. */
  readonly stopped: AbortSignal;
  /** Returns how often the connection was lost. */
  readonly connectionLosses: () => number;
}

/** The largest number of unsettled deliveries: messages that are left or not decided yet. */
const MAX_UNSETTLED = 10_000;

/**
 * Consumes a queue and decides each message once. Messages that are left stay unsettled until
 * consuming has ended, so that the broker does not deliver them again; then they return to the
 * queue. Ends early when `MAX_UNSETTLED` messages are left.
 */
export async function drainQueue(options: DrainOptions): Promise<void> {
  const { transport, limit, idleTimeoutMs, stopped } = options;
  if (limit <= 0) return;
  const buffer = new DeliveryBuffer();
  const drain = new Drain(options);
  const subscription = await subscribe(options, (delivery) => buffer.push(delivery));
  if (subscription === undefined) return;
  try {
    while ((await drain.hasRoom()) && drain.decided < limit) {
      const delivery = await buffer.next(idleTimeoutMs, stopped);
      if (delivery === undefined) break;
      drain.decide(delivery);
    }
    await drain.ended();
  } finally {
    await subscription.cancel();
    for (const delivery of [...drain.unsettled, ...buffer.rest]) await transport.nack(delivery);
  }
}

/** The messages of one drain and the verdicts on them. */
class Drain {
  readonly #options: DrainOptions;
  readonly #window: TaskWindow;
  readonly #verdicts = new DecidedMessages(MAX_UNSETTLED);
  readonly #unsettled = new Set<Delivery>();
  #decided = 0;

  constructor(options: DrainOptions) {
    this.#options = options;
    this.#window = new TaskWindow(options.concurrency ?? 1);
  }

  /** The number of messages with a verdict, pending ones included. */
  get decided(): number {
    return this.#decided;
  }

  /** The messages that are left, in order. */
  get unsettled(): ReadonlySet<Delivery> {
    return this.#unsettled;
  }

  /** Resolves when the next message may be decided; to false after a decision has failed. */
  hasRoom(): Promise<boolean> {
    return this.#window.hasRoom();
  }

  decide(delivery: Delivery): void {
    this.#unsettled.add(delivery);
    this.#window.start(() => this.#decide(delivery));
  }

  /** @throws the error of the first decision that failed, after all decisions have ended */
  ended(): Promise<void> {
    return this.#window.ended();
  }

  async #decide(delivery: Delivery): Promise<void> {
    // The connection was lost, so the broker delivers the message again.
    if (delivery.gone) return void this.#unsettled.delete(delivery);
    const known = this.#verdicts.recall(delivery);
    if (known === undefined) this.#decided++;
    const verdict = known ?? (await this.#options.decide(delivery));
    await this.#settle(delivery, verdict);
  }

  async #settle(delivery: Delivery, verdict: Verdict): Promise<void> {
    const { transport, connectionLosses } = this.#options;
    if (verdict === 'leave') return this.#verdicts.remember(delivery, verdict, onceGone(delivery));
    const lossesBefore = connectionLosses();
    const isAcked = await transport.ack(delivery);
    this.#unsettled.delete(delivery);
    const mayReturn = isAcked ? afterLoss(connectionLosses, lossesBefore) : always;
    this.#verdicts.remember(delivery, verdict, mayReturn);
  }
}

/** Returns undefined when the drain is stopped before the broker has accepted the consumer. */
async function subscribe(
  { transport, queue, limit, stopped }: DrainOptions,
  onDelivery: (delivery: Delivery) => void,
): Promise<Subscription | undefined> {
  const prefetch = Math.min(limit, MAX_UNSETTLED);
  try {
    return await transport.receive(queue, onDelivery, { prefetch, signal: stopped });
  } catch (error) {
    if (!stopped.aborted) throw error;
    return undefined;
  }
}

// Top-level functions, so that no closure keeps an acknowledged delivery in memory.

function onceGone(delivery: Delivery): () => boolean {
  return () => delivery.gone;
}

/** An ack may be lost together with the connection. */
function afterLoss(connectionLosses: () => number, lossesBefore: number): () => boolean {
  return () => connectionLosses() > lossesBefore;
}

function always(): boolean {
  return true;
}
