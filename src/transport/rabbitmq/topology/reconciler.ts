import type { ChannelModel } from 'amqplib';
import { EventEmitter } from 'node:events';
import type { Log } from '../../../log.ts';
import type { StateReporter } from '../stateReporter.ts';
import { createCompatibilityChecker } from './compatibility.ts';
import { declareOnDemand, type Send } from './declareOnDemand.ts';
import { TopologyDeclarer } from './declarer.ts';
import { PeriodicCheck } from './periodicCheck.ts';
import type { Address, TopologyPlan } from './plan.ts';

export interface TopologyReconcilerOptions {
  readonly plan: TopologyPlan;
  readonly autoCreate: boolean;
  readonly checkIntervalMs: number;
  readonly connect: (name: string) => Promise<ChannelModel>;
  readonly reporter: StateReporter;
  readonly closed: AbortSignal;
  readonly log: Log;
}

/** Each event carries a queue's name on the broker. */
export interface TopologyEvents {
  /** A missing queue was declared; it is not bound yet. */
  readonly declared: [queue: string];
  /** A queue that is planned as a quorum queue is a classic queue. */
  readonly classic: [queue: string];
  /** An on-demand queue exists, because a message to it is about to be published. */
  readonly neededOnDemand: [queue: string];
}

/**
 * Makes the exchange, the queues and the bindings on the broker match the plan of a sidecar, at
 * start, periodically and after an unroutable publish. Without auto-create it only reports the
 * differences.
 */
export class TopologyReconciler {
  readonly events = new EventEmitter<TopologyEvents>();
  readonly #options: TopologyReconcilerOptions;
  readonly #declarer: TopologyDeclarer;
  readonly #check: PeriodicCheck;
  readonly #bindingKeys: ReadonlySet<string | undefined>;
  /** The binding keys without a queue, as unroutable publishes have shown. */
  readonly #unbound = new Set<string>();

  constructor(options: TopologyReconcilerOptions) {
    const { plan, autoCreate, checkIntervalMs, connect, reporter, closed, log } = options;
    const onClassic = (queue: string): void => void this.events.emit('classic', queue);
    this.#options = options;
    this.#bindingKeys = new Set(plan.queues.map(({ bindingKey }) => bindingKey));
    this.#declarer = new TopologyDeclarer({
      plan,
      autoCreate,
      connect,
      compatibility: createCompatibilityChecker({ plan, onClassic, log }),
      onProblems: (topology) => reporter.update({ topology }),
      onDeclared: (queue) => void this.events.emit('declared', queue),
      closed,
      log,
    });
    this.#check = new PeriodicCheck({
      intervalMs: checkIntervalMs,
      check: (connection, includeEnds) => this.#declarer.check(connection, includeEnds),
      closed,
    });
  }

  /**
   * Resolves when the exchange and the queues exist. Rejects only when the transport is closed.
   */
  ready(): Promise<void> {
    return this.#declarer.ensureAll();
  }

  /** From now on also declares an on-demand queue that is consumed. `queue` is its broker name. */
  include(queue: string): void {
    this.#declarer.include(queue);
  }

  /** Checks the topology on this connection until it closes. */
  attach(connection: ChannelModel): void {
    this.#check.attach(connection);
  }

  /** Checks the topology soon, after an unroutable publish. */
  onUnroutable({ exchange, routingKey }: Address): void {
    const { autoCreate, plan, reporter } = this.#options;
    this.#check.request();
    // AMQP has no command that checks a binding; only an unroutable publish shows that it is
    // missing.
    if (autoCreate || exchange !== plan.exchange || !this.#bindingKeys.has(routingKey)) return;
    this.#unbound.add(routingKey);
    reporter.setProblem(
      bindingLabel(routingKey),
      `no queue bound for "${routingKey}" at exchange "${exchange}"`,
    );
  }

  /**
   * Returns a `send` that declares retry and parked queues before their first message. Without
   * auto-create, the returned `send` clears the problem of a binding that works again.
   */
  wrapSend(send: Send): Send {
    const { plan, autoCreate, reporter } = this.#options;
    if (!autoCreate) return this.#observeBindings(send);
    return declareOnDemand({
      queues: plan.onDemandQueues,
      declare: async (queue) => {
        const problem = await this.#declarer.ensureQueue(queue);
        reporter.setProblem(queue.name, problem);
        if (problem === undefined) this.events.emit('neededOnDemand', queue.name);
        return problem;
      },
      send,
    });
  }

  #observeBindings(send: Send): Send {
    return (to, message) => {
      const sent = send(to, message);
      return this.#unbound.size === 0 ? sent : sent.then(() => this.#onRouted(to));
    };
  }

  #onRouted({ exchange, routingKey }: Address): void {
    const { plan, reporter } = this.#options;
    if (exchange !== plan.exchange || !this.#unbound.delete(routingKey)) return;
    reporter.setProblem(bindingLabel(routingKey), undefined);
  }
}

function bindingLabel(routingKey: string): string {
  return `binding ${routingKey}`;
}
