import type { ChannelModel } from 'amqplib';
import type { Log } from '../../../log.ts';
import type { Address, TopologyPlan } from './plan.ts';
import { createAdoption } from './compatibility.ts';
import { createChecker } from './periodicCheck.ts';
import { createDeclarer } from './declarer.ts';
import { declareOnDemand, type Send } from './declareOnDemand.ts';
import type { Report } from '../stateReporter.ts';

/**
 * Keeps the exchange, the queues and the bindings of one sidecar in existence, or reports what is
 * missing.
 */
export interface Keeper {
  /**
   * Resolves when there is something to consume from and to publish to. Rejects only when the
   * transport is closed.
   */
  ready(): Promise<void>;
  /** Keeps a queue declared that is to be consumed, by its name on the broker. */
  consume(queue: string): void;
  /** Checks the topology on a connection until that is closed. */
  serve(connection: ChannelModel): void;
  /** Looks for what is missing after an unroutable publish. */
  unroutable(to: Address): void;
  /** Declares retry and parked queues before the first message to them. */
  keepRoutable(send: Send): Send;
}

export interface KeeperOptions {
  readonly plan: TopologyPlan;
  readonly autoCreate: boolean;
  readonly checkIntervalMs: number;
  readonly connect: (name: string) => Promise<ChannelModel>;
  readonly report: Report;
  readonly onDeclared: (queue: string) => void;
  readonly onClassic: (queue: string) => void;
  readonly closed: AbortSignal;
  readonly log: Log;
}

export function createKeeper(options: KeeperOptions): Keeper {
  const { plan, autoCreate, checkIntervalMs, connect, report, onDeclared, onClassic, closed, log } =
    options;
  const declarer = createDeclarer({
    plan,
    autoCreate,
    connect,
    adoption: createAdoption({ plan, onClassic, log }),
    onProblems: (topology) => report.set({ topology }),
    onDeclared,
    closed,
    log,
  });
  const checker = createChecker({
    intervalMs: checkIntervalMs,
    check: (on, withEnds) => declarer.check(on, withEnds),
    closed,
  });
  const planned = new Set(plan.queues.map(({ bindingKey }) => bindingKey));
  /** The routing keys that a publish has shown to be unbound, where nothing may be declared. */
  const unbound = new Set<string>();

  function sendBound(send: Send): Send {
    return (to, message) => {
      const sent = send(to, message);
      return unbound.size === 0 ? sent : sent.then(() => bound(to));
    };
  }

  function bound({ exchange, routingKey }: Address): void {
    if (exchange === plan.exchange && unbound.delete(routingKey))
      report.setProblem(bindingOf(routingKey), undefined);
  }

  return {
    ready: () => declarer.ensure(),
    consume: (queue) => declarer.include(queue),
    serve: (connection) => checker.serve(connection),
    unroutable: ({ exchange, routingKey }) => {
      checker.request();
      // AMQP has no command that looks for a binding; an unroutable publish shows that it is
      // missing.
      if (autoCreate || exchange !== plan.exchange || !planned.has(routingKey)) return;
      unbound.add(routingKey);
      report.setProblem(
        bindingOf(routingKey),
        `no queue bound for "${routingKey}" at exchange "${exchange}"`,
      );
    },
    keepRoutable: (send) =>
      autoCreate
        ? declareOnDemand({
            queues: plan.onDemandQueues,
            declare: async (queue) => {
              const problem = await declarer.declare(queue);
              report.setProblem(queue.name, problem);
              return problem;
            },
            send,
          })
        : sendBound(send),
  };
}

function bindingOf(routingKey: string): string {
  return `binding ${routingKey}`;
}
