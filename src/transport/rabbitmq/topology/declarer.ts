import type { ChannelModel } from 'amqplib';
import { setTimeout as delay } from 'node:timers/promises';
import { createSleep, delayAfter } from '../../../backoff.ts';
import type { Log } from '../../../log.ts';
import type { TopologyPlan, QueuePlan } from './plan.ts';
import type { Adoption } from './compatibility.ts';
import { hangUp, RECONNECT, whileOpen } from '../connection/connect.ts';
import { describe, exchangeOf, exists, onChannel, queueOf, type Declarable } from './objects.ts';
import { codeOf, reasonOf, replyTextOf } from '../connection/reply.ts';

/** Keeps the exchange and the queues of a plan declared. */
export interface Declarer {
  /**
   * Declares what is missing, on a connection of its own. Resolves when everything exists, or,
   * where nothing may be declared, when at least the exchange exists. Concurrent calls share one
   * run. Rejects only when the transport is closed.
   */
  ensure(): Promise<void>;
  /** From now on also keeps an on-demand queue declared, by name: it is to be consumed. */
  include(queue: string): void;
  /**
   * Declares one queue. Resolves to the problem, if any; rejects when the broker cannot be asked.
   */
  declare(queue: QueuePlan): Promise<string | undefined>;
  /**
   * Looks for the exchange, the actor's own queue and, when asked, the ends' queues, binds them
   * again, and declares what is missing. Where nothing may be declared, looks for everything and
   * reports what is missing. Resolves to false when something is missing afterwards.
   */
  check(connection: ChannelModel, withEnds: boolean): Promise<boolean>;
}

export interface DeclarerOptions {
  readonly plan: TopologyPlan;
  /** False: look only, and report what is missing. */
  readonly autoCreate: boolean;
  readonly connect: (name: string) => Promise<ChannelModel>;
  readonly adoption: Adoption;
  /** Called after each look with one sentence for each object that is missing or cannot be used. */
  readonly onProblems: (problems: readonly string[]) => void;
  /** Called when a missing queue has been declared, before it is bound. */
  readonly onDeclared: (queue: string) => void;
  readonly closed: AbortSignal;
  readonly log: Log;
}

type Problems = ReadonlyMap<Declarable, string>;

const MAX_JITTER_MS = 500;

export function createDeclarer(options: DeclarerOptions): Declarer {
  const { plan, autoCreate, connect, adoption, onProblems, onDeclared, closed, log } = options;
  const exchange = exchangeOf(plan.exchange);
  const queues = plan.queues.map(queueOf(plan));
  const own = queues.filter(({ name }) => name === plan.ownQueue);
  const onDemand = plan.onDemandQueues.map(queueOf(plan));
  const included = new Set(autoCreate ? [] : onDemand);
  const sleep = createSleep(closed);
  let running: Promise<void> | undefined;
  let lastProblems = '';

  async function run(): Promise<void> {
    for (let failures = 1; ; failures++) {
      closed.throwIfAborted();
      const problems = await lookOnce();
      if (problems?.size === 0) return;
      if (problems !== undefined && !autoCreate && !problems.has(exchange)) return;
      await sleep(delayAfter(failures, RECONNECT));
    }
  }

  function report(problems: Problems): Problems {
    const sentences = [...problems.values()];
    onProblems(sentences);
    const text = sentences.join('; ');
    if (text !== '' && text !== lastProblems)
      log.warn({ problems: sentences }, 'topology incomplete');
    lastProblems = text;
    return problems;
  }

  /** Undefined when the broker could not be asked. */
  async function lookOnce(): Promise<Problems | undefined> {
    try {
      return report(await onConnection(look));
    } catch (error) {
      log.warn({ reason: reasonOf(error) }, 'topology check failed; retrying');
      return undefined;
    }
  }

  /**
   * A connection of its own: when several sidecars declare one quorum queue at once, the broker
   * ends some with 541.
   */
  async function onConnection<T>(work: (connection: ChannelModel) => Promise<T>): Promise<T> {
    const connection = await connect('declares');
    try {
      return await whileOpen(connection, () => work(connection));
    } finally {
      await hangUp(connection);
    }
  }

  async function look(connection: ChannelModel): Promise<Problems> {
    const problems = new Map<Declarable, string>();
    // One for all queues: six sidecars that start at once must not all declare at once.
    let jitter: Promise<void> | undefined;
    const waitForOthers = (): Promise<void> => (jitter ??= delay(Math.random() * MAX_JITTER_MS));
    for (const stage of [[exchange], [...queues, ...included]]) {
      const lookAt = async (it: Declarable): Promise<void> => {
        const problem = await ensureOne(connection, it, waitForOthers);
        if (problem !== undefined) problems.set(it, problem);
      };
      await Promise.all(stage.map(lookAt));
    }
    return problems;
  }

  /** Resolves to the problem, if any. Rejects when the connection is lost. */
  async function ensureOne(
    connection: ChannelModel,
    it: Declarable,
    waitForOthers: () => Promise<void>,
  ): Promise<string | undefined> {
    try {
      const found = await exists(connection, it);
      if (!autoCreate) return found ? undefined : `${describe(it)} does not exist`;
      if (!found) await declareMissing(connection, it, waitForOthers);
      const problem = found ? await adoption.problemOf(connection, it) : undefined;
      if (problem === undefined) await onChannel(connection, it.bind);
      return problem;
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
      return `${describe(it)} cannot be declared: ${replyTextOf(error)}`;
    }
  }

  async function declareMissing(
    connection: ChannelModel,
    it: Declarable,
    waitForOthers: () => Promise<void>,
  ): Promise<void> {
    await waitForOthers();
    if (await exists(connection, it)) return;
    await onChannel(connection, it.declare);
    if (it.kind === 'queue') onDeclared(it.name);
  }

  function ensure(): Promise<void> {
    running ??= run().finally(() => (running = undefined));
    return running;
  }

  /** One channel for all commands, as the usual case is that nothing is missing. */
  async function isWhole(
    connection: ChannelModel,
    objects: readonly Declarable[],
  ): Promise<boolean> {
    try {
      await onChannel(connection, async (channel) => {
        for (const { check, bind } of objects) {
          await check(channel);
          await bind(channel);
        }
      });
      return true;
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
      return false;
    }
  }

  return {
    ensure,
    include: (queue) => {
      for (const it of onDemand) if (it.name === queue) included.add(it);
    },
    declare: async (queue) => {
      closed.throwIfAborted();
      const jitter = (): Promise<void> => delay(Math.random() * MAX_JITTER_MS);
      return onConnection((connection) => ensureOne(connection, queueOf(plan)(queue), jitter));
    },
    check: async (connection, withEnds) => {
      if (!autoCreate) return report(await look(connection)).size === 0;
      if (!(await isWhole(connection, [exchange, ...(withEnds ? queues : own)]))) await ensure();
      return true;
    },
  };
}
