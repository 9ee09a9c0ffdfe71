import type { ChannelModel } from 'amqplib';
import { setTimeout as delay } from 'node:timers/promises';
import { createSleep, retryWithBackoff, type Sleep } from '../../../backoff.ts';
import type { Log } from '../../../log.ts';
import { closeConnection, whileOpen, withChannel } from '../connection/lifetime.ts';
import { RECONNECT_BACKOFF } from '../connection/connect.ts';
import { reasonOf, replyCodeOf, replyTextOf } from '../connection/reply.ts';
import type { CompatibilityChecker } from './compatibility.ts';
import {
  bindAll,
  exchangeObject,
  exists,
  labelOf,
  queueObject,
  type TopologyObject,
} from './objects.ts';
import type { QueuePlan, TopologyPlan } from './plan.ts';

export interface DeclarerOptions {
  readonly plan: TopologyPlan;
  /** False: the objects are checked and missing ones reported, never declared. */
  readonly autoCreate: boolean;
  readonly connect: (name: string) => Promise<ChannelModel>;
  readonly compatibility: CompatibilityChecker;
  /** Called after each check with one sentence for each missing or unusable object. */
  readonly onProblems: (problems: readonly string[]) => void;
  /** Called when a missing queue has been declared, before it is bound. */
  readonly onDeclared: (queue: string) => void;
  readonly closed: AbortSignal;
  readonly log: Log;
}

/** The sentence that describes the problem of each missing or unusable object. */
type Problems = ReadonlyMap<TopologyObject, string>;

const MAX_JITTER_MS = 500;

/** The topology is still incomplete; the problems are logged. */
class IncompleteError extends Error {
  override readonly name = 'IncompleteError';
}

/** Declares the exchange, the queues and the bindings of a plan. */
export class TopologyDeclarer {
  readonly #options: DeclarerOptions;
  readonly #exchange: TopologyObject;
  readonly #queues: readonly TopologyObject[];
  readonly #onDemandQueues: readonly TopologyObject[];
  /** The on-demand queues that are checked and declared together with the other queues. */
  readonly #included: Set<TopologyObject>;
  readonly #sleep: Sleep;
  #running: Promise<void> | undefined;
  #lastProblems = '';

  constructor(options: DeclarerOptions) {
    const { plan, autoCreate, closed } = options;
    this.#options = options;
    this.#exchange = exchangeObject(plan.exchange);
    this.#queues = plan.queues.map((queue) => queueObject(plan, queue));
    this.#onDemandQueues = plan.onDemandQueues.map((queue) => queueObject(plan, queue));
    this.#included = new Set(autoCreate ? [] : this.#onDemandQueues);
    this.#sleep = createSleep(closed);
  }

  /**
   * Declares the missing objects on a separate connection. Resolves when all objects exist; without
   * auto-create, when at least the exchange exists. Concurrent calls share one run. Rejects only
   * when the transport is closed.
   */
  ensureAll(): Promise<void> {
    this.#running ??= this.#ensureWithRetries().finally(() => (this.#running = undefined));
    return this.#running;
  }

  /** From now on also declares an on-demand queue, given by its name on the broker. */
  include(queue: string): void {
    for (const object of this.#onDemandQueues) {
      if (object.name === queue) this.#included.add(object);
    }
  }

  /**
   * Declares one queue and resolves to its problem, if any. Rejects when the broker does not
   * answer.
   */
  async ensureQueue(queue: QueuePlan): Promise<string | undefined> {
    this.#options.closed.throwIfAborted();
    const object = queueObject(this.#options.plan, queue);
    return this.#withConnection((connection) => this.#ensure(connection, object, randomDelay));
  }

  /**
   * Checks and binds the exchange, the actor's own queue and, with `includeEnds`, the queues of the
   * ends, and declares missing objects. Without auto-create, checks all objects and reports the
   * missing ones. Resolves to whether all checked objects exist afterwards.
   */
  async check(connection: ChannelModel, includeEnds: boolean): Promise<boolean> {
    const { plan, autoCreate } = this.#options;
    if (!autoCreate) return this.#report(await this.#ensureEach(connection)).size === 0;
    const queues = this.#queues.filter(({ name }) => includeEnds || name === plan.ownQueue);
    if (!(await bindAll(connection, [this.#exchange, ...queues]))) await this.ensureAll();
    return true;
  }

  #ensureWithRetries(): Promise<void> {
    const { closed, log } = this.#options;
    return retryWithBackoff(() => this.#ensureOnce(), {
      backoff: RECONNECT_BACKOFF,
      sleep: this.#sleep,
      onFailure: (error) => {
        if (error instanceof IncompleteError || closed.aborted) return;
        log.warn({ reason: reasonOf(error) }, 'topology check failed; retrying');
      },
    });
  }

  /** @throws {IncompleteError} */
  async #ensureOnce(): Promise<void> {
    this.#options.closed.throwIfAborted();
    const problems = await this.#withConnection((connection) => this.#ensureEach(connection));
    this.#report(problems);
    const isUsable = this.#options.autoCreate ? problems.size === 0 : !problems.has(this.#exchange);
    if (!isUsable) throw new IncompleteError();
  }

  #report(problems: Problems): Problems {
    const sentences = [...problems.values()];
    this.#options.onProblems(sentences);
    const text = sentences.join('; ');
    if (text !== '' && text !== this.#lastProblems) {
      this.#options.log.warn({ problems: sentences }, 'topology incomplete');
    }
    this.#lastProblems = text;
    return problems;
  }

  /**
   * Runs commands on a separate connection: when several sidecars declare one quorum queue at once,
   * the broker closes some of their connections with 541.
   */
  async #withConnection<T>(work: (connection: ChannelModel) => Promise<T>): Promise<T> {
    const connection = await this.#options.connect('declares');
    try {
      return await whileOpen(connection, () => work(connection));
    } finally {
      await closeConnection(connection);
    }
  }

  /**
   * Ensures the exchange first, since the bindings of the queues need it. The problems are in the
   * order of the plan.
   */
  async #ensureEach(connection: ChannelModel): Promise<Problems> {
    // One delay for all queues keeps sidecars that start together from declaring them together.
    let jitter: Promise<void> | undefined;
    const sharedDelay = (): Promise<void> => (jitter ??= randomDelay());
    const ensure = async (object: TopologyObject): Promise<[TopologyObject, string][]> => {
      const problem = await this.#ensure(connection, object, sharedDelay);
      return problem === undefined ? [] : [[object, problem]];
    };
    const ofExchange = await ensure(this.#exchange);
    const ofQueues = await Promise.all([...this.#queues, ...this.#included].map(ensure));
    return new Map([...ofExchange, ...ofQueues.flat()]);
  }

  /** Resolves to the object's problem, if any. Rejects when the connection is lost. */
  async #ensure(
    connection: ChannelModel,
    object: TopologyObject,
    jitter: () => Promise<void>,
  ): Promise<string | undefined> {
    const { autoCreate, compatibility } = this.#options;
    try {
      const found = await exists(connection, object);
      if (!autoCreate) return found ? undefined : `${labelOf(object)} does not exist`;
      if (!found) await this.#declareMissing(connection, object, jitter);
      const problem = found ? await compatibility.problemOf(connection, object) : undefined;
      if (problem === undefined) await withChannel(connection, object.bind);
      return problem;
    } catch (error) {
      if (replyCodeOf(error) === undefined) throw error;
      return `${labelOf(object)} cannot be declared: ${replyTextOf(error)}`;
    }
  }

  async #declareMissing(
    connection: ChannelModel,
    object: TopologyObject,
    jitter: () => Promise<void>,
  ): Promise<void> {
    await jitter();
    if (await exists(connection, object)) return;
    await withChannel(connection, object.declare);
    if (object.kind === 'queue') this.#options.onDeclared(object.name);
  }
}

function randomDelay(): Promise<void> {
  return delay(Math.random() * MAX_JITTER_MS);
}
