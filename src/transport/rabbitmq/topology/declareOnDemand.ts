import { reasonOf } from '../connection/reply.ts';
import type { Address, QueuePlan } from './plan.ts';
import type { Message } from '../../message.ts';
import { SendError } from '../../transport.ts';

export type Send = (to: Address, message: Message) => Promise<void>;

export interface OnDemandOptions {
  /** The queues to declare before their first message. */
  readonly queues: readonly QueuePlan[];
  /** Resolves to the queue's problem, if any. Rejects when the broker does not answer. */
  readonly declare: (queue: QueuePlan) => Promise<string | undefined>;
  readonly send: Send;
}

/**
 * Returns a `send` that declares a queue before the first message to it, and again after the queue
 * was deleted.
 */
export function declareOnDemand({ queues, declare, send }: OnDemandOptions): Send {
  const plans = new Map(queues.map((queue) => [queue.name, queue]));
  const declarations = new Map<string, Promise<void>>();

  async function declareOnce(queue: QueuePlan): Promise<void> {
    const declared = declarations.get(queue.name) ?? declareNow(queue);
    declarations.set(queue.name, declared);
    try {
      await declared;
    } catch (error) {
      if (declarations.get(queue.name) === declared) declarations.delete(queue.name);
      throw error;
    }
  }

  async function declareNow(queue: QueuePlan): Promise<void> {
    let problem: string | undefined;
    try {
      problem = await declare(queue);
    } catch (error) {
      throw new SendError('lost', `queue "${queue.name}": ${reasonOf(error)}`, { cause: error });
    }
    if (problem !== undefined) throw new SendError('unroutable', problem);
  }

  async function sendTo(queue: QueuePlan, to: Address, message: Message): Promise<void> {
    await declareOnce(queue);
    const declared = declarations.get(queue.name);
    try {
      await send(to, message);
    } catch (error) {
      if (!(error instanceof SendError) || error.code !== 'unroutable') throw error;
      if (declarations.get(queue.name) === declared) declarations.delete(queue.name);
      await declareOnce(queue);
      await send(to, message);
    }
  }

  return (to, message) => {
    const queue = to.exchange === '' ? plans.get(to.routingKey) : undefined;
    return queue === undefined ? send(to, message) : sendTo(queue, to, message);
  };
}
