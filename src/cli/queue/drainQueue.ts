import type { Delivery, Subscription, Transport } from '../../transport/transport.ts';
import { DeliveryBuffer } from './deliveryBuffer.ts';
import { DecidedMessages, type Verdict } from './decidedMessages.ts';

export interface DrainOptions {
  readonly transport: Transport;
  readonly queue: string;
  /** Decides about one message after the other. What is left returns to its place at the end. */
  readonly decide: (delivery: Delivery) => Promise<Verdict>;
  /** The most messages to visit: what arrives during the walk is for another one. */
  readonly limit: number;
  /** The queue counts as drained when nothing has come for this long, in milliseconds. */
  readonly quietMs: number;
  /** Ends the walk before the next message. */
  readonly stopped: AbortSignal;
  /** How often the connection was lost so far. */
  readonly connectionLosses: () => number;
}

/**
 * The most messages in hand at once: those that are left, and those that have come and are not
 * visited yet.
 */
export const MAX_UNSETTLED = 10_000;

/**
 * Walks over a queue, each message once: what is left is kept in hand until consuming has ended, so
 * that it does not come again. Ends early when `MAX_IN_HAND` messages are left.
 */
export async function drainQueue(options: DrainOptions): Promise<void> {
  const { transport, decide: visit, limit, quietMs, stopped, connectionLosses: losses } = options;
  if (limit <= 0) return;
  const incoming = new DeliveryBuffer();
  const left: Delivery[] = [];
  const visits = new DecidedMessages(MAX_UNSETTLED);
  const subscription = await receive(options, (delivery) => incoming.push(delivery));
  if (subscription === undefined) return;

  async function settle(delivery: Delivery, verdict: Verdict): Promise<void> {
    if (verdict === 'leave') return visits.add(delivery, verdict, onceGone(delivery));
    left.pop();
    const lossesBefore = losses();
    const isAcked = await transport.ack(delivery);
    visits.add(delivery, verdict, isAcked ? afterLoss(losses, lossesBefore) : always);
  }

  try {
    for (let visited = 0; visited < limit;) {
      const delivery = await incoming.next(quietMs, stopped);
      if (delivery === undefined) break;
      // Its connection is lost: it comes again.
      if (delivery.gone) continue;
      const known = visits.recall(delivery);
      if (known === undefined) visited++;
      left.push(delivery);
      await settle(delivery, known ?? (await visit(delivery)));
    }
  } finally {
    await subscription.cancel();
    for (const delivery of [...left, ...incoming.rest]) await transport.nack(delivery);
  }
}

/** Undefined when the walk is stopped before the broker has agreed. */
async function receive(
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

// Functions of their own, so that what is acknowledged is not kept in memory by a closure.

function onceGone(delivery: Delivery): () => boolean {
  return () => delivery.gone;
}

/** An ack may be lost with the connection. */
function afterLoss(losses: () => number, lossesBefore: number): () => boolean {
  return () => losses() > lossesBefore;
}

function always(): boolean {
  return true;
}
