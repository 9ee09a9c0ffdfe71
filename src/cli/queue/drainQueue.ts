import type { Delivery, Subscription, Transport } from '../../transport/transport.ts';
import { DecidedMessages, type Verdict } from './decidedMessages.ts';
import { DeliveryBuffer } from './deliveryBuffer.ts';

export interface DrainOptions {
  readonly transport: Transport;
  readonly queue: string;
  /** Called for one message after the other. */
  readonly decide: (delivery: Delivery) => Promise<Verdict>;
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
export const MAX_UNSETTLED = 10_000;

/**
 * Consumes a queue and decides each message once. Messages that are left stay unsettled until
 * consuming has ended, so that the broker does not deliver them again; then they return to the
 * queue. Ends early when `MAX_UNSETTLED` messages are left.
 */
export async function drainQueue(options: DrainOptions): Promise<void> {
  const { transport, decide, limit, idleTimeoutMs, stopped } = options;
  if (limit <= 0) return;
  const buffer = new DeliveryBuffer();
  const unsettled: Delivery[] = [];
  const decided = new DecidedMessages(MAX_UNSETTLED);
  const subscription = await subscribe(options, (delivery) => buffer.push(delivery));
  if (subscription === undefined) return;
  try {
    for (let count = 0; count < limit;) {
      const delivery = await buffer.next(idleTimeoutMs, stopped);
      if (delivery === undefined) break;
      // The connection was lost, so the broker delivers the message again.
      if (delivery.gone) continue;
      const known = decided.recall(delivery);
      if (known === undefined) count++;
      unsettled.push(delivery);
      const verdict = known ?? (await decide(delivery));
      if (verdict === 'acknowledge') unsettled.pop();
      await settle(delivery, verdict, decided, options);
    }
  } finally {
    await subscription.cancel();
    for (const delivery of [...unsettled, ...buffer.rest]) await transport.nack(delivery);
  }
}

async function settle(
  delivery: Delivery,
  verdict: Verdict,
  decided: DecidedMessages,
  { transport, connectionLosses }: DrainOptions,
): Promise<void> {
  if (verdict === 'leave') return decided.remember(delivery, verdict, onceGone(delivery));
  const lossesBefore = connectionLosses();
  const isAcked = await transport.ack(delivery);
  const mayReturn = isAcked ? afterLoss(connectionLosses, lossesBefore) : always;
  decided.remember(delivery, verdict, mayReturn);
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
