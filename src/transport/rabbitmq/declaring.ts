import type { ChannelModel } from 'amqplib';
import { setTimeout as delay } from 'node:timers/promises';
import { createSleep, delayAfter } from '../../backoff.ts';
import { messageOf } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Plan } from '../topology.ts';
import { hangUp, RECONNECT, whileOpen } from './connecting.ts';
import { codeOf, describe, exchangeOf, exists, onChannel, queueOf, type Declarable } from './declarable.ts';

/** Makes sure that exchange and queues exist. */
export interface Declarer {
  /**
   * Resolves when everything exists, or, where nothing may be created, when at least the exchange does. Calls at
   * the same time share one run. Rejects only when the transport is closed.
   */
  ensure(): Promise<void>;
}

export interface DeclarerOptions {
  readonly plan: Plan;
  /** False: look only, and tell what is missing. */
  readonly autoCreate: boolean;
  readonly connect: (name: string) => Promise<ChannelModel>;
  /** Told after each look what is missing, one sentence each. */
  readonly onMissing: (missing: readonly string[]) => void;
  /** A queue was missing, and is there now; nobody can route to it yet. */
  readonly onDeclared: (queue: string) => void;
  /** A queue was to be a quorum queue, and is a classic one that somebody else has declared. */
  readonly onClassic: (queue: string) => void;
  readonly closed: AbortSignal;
  readonly log: Log;
}

const MAX_JITTER_MS = 500;
const LOOK_AGAIN_MS = 5_000;

export function createDeclarer(options: DeclarerOptions): Declarer {
  const { plan, autoCreate, connect, onMissing, onDeclared, onClassic, closed, log } = options;
  const exchange = exchangeOf(plan.exchange);
  // What the later ones dead-letter to is among the earlier ones.
  const stages = [[exchange], plan.queues.map(queueOf(plan)), plan.retryQueues.map(queueOf(plan))];
  const sleep = createSleep(closed);
  const compared = new Set<Declarable>();
  let running: Promise<void> | undefined;
  let later: NodeJS.Timeout | undefined;
  let lastMissing = '';

  async function run(): Promise<void> {
    for (let failures = 1; ; failures++) {
      closed.throwIfAborted();
      const missing = await lookOnce();
      if (missing?.size === 0) return;
      if (missing !== undefined && !autoCreate && !missing.has(exchange)) return lookAgainLater();
      await sleep(delayAfter(failures, RECONNECT));
    }
  }

  function lookAgainLater(): void {
    clearTimeout(later);
    later = setTimeout(() => void ensure().catch(() => undefined), LOOK_AGAIN_MS).unref(); // fails when closed
  }

  function tell(missing: readonly string[]): void {
    onMissing(missing);
    const text = missing.join('; ');
    if (text !== '' && text !== lastMissing) log.warn({ missing }, 'exchange or queues are missing');
    lastMissing = text;
  }

  /** Undefined when the broker could not be asked. */
  async function lookOnce(): Promise<ReadonlySet<Declarable> | undefined> {
    let connection: ChannelModel | undefined;
    try {
      const opened = await connect('declares');
      connection = opened;
      const missing = await whileOpen(opened, () => lookThrough(opened));
      tell([...missing.values()]);
      return new Set(missing.keys());
    } catch (error) {
      log.warn({ err: error }, 'could not look whether exchange and queues exist; looking again');
      return undefined;
    } finally {
      if (connection !== undefined) await hangUp(connection);
    }
  }

  async function lookThrough(connection: ChannelModel): Promise<Map<Declarable, string>> {
    const missing = new Map<Declarable, string>();
    // One for all: six sidecars that start at once must not all declare at once.
    let jitter: Promise<void> | undefined;
    const waitForOthers = (): Promise<void> => (jitter ??= delay(Math.random() * MAX_JITTER_MS));
    for (const stage of stages) {
      const look = async (it: Declarable): Promise<void> => {
        const problem = await ensureOne(connection, it, waitForOthers);
        if (problem !== undefined) missing.set(it, `${describe(it)} ${problem}`);
      };
      await Promise.all(stage.map(look));
    }
    return missing;
  }

  /** Resolves to what is wrong with it. Rejects when the connection is lost. */
  async function ensureOne(
    connection: ChannelModel,
    it: Declarable,
    waitForOthers: () => Promise<void>,
  ): Promise<string | undefined> {
    try {
      if (await exists(connection, it)) return autoCreate ? await adopt(connection, it) : undefined;
      if (!autoCreate) return 'does not exist';
      await waitForOthers();
      if (!(await exists(connection, it))) {
        await onChannel(connection, it.declare);
        if (it.kind === 'queue') onDeclared(it.name);
      }
      compared.add(it);
      await onChannel(connection, it.bind);
      return undefined;
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
      return `cannot be declared: ${messageOf(error)}`;
    }
  }

  /** What somebody else has declared is bound and used as it is; that it differs from the plan is told once. */
  async function adopt(connection: ChannelModel, it: Declarable): Promise<undefined> {
    if (!compared.has(it)) {
      compared.add(it);
      const refusal = await refusalOf(connection, it.declare);
      if (refusal !== undefined) await tellDifference(connection, it, refusal);
    }
    await onChannel(connection, it.bind);
  }

  async function tellDifference(connection: ChannelModel, it: Declarable, refusal: unknown): Promise<void> {
    log.warn({ err: refusal }, `${describe(it)} is not what would be declared; it is used as it is`);
    for (const declare of it.declareClassic) {
      if ((await refusalOf(connection, declare)) === undefined) return onClassic(it.name);
    }
  }

  function ensure(): Promise<void> {
    running ??= run().finally(() => (running = undefined));
    return running;
  }

  return { ensure };
}

/** Declaring what exists changes nothing: the broker agrees, or refuses because the arguments differ. */
async function refusalOf(connection: ChannelModel, declare: Declarable['declare']): Promise<unknown> {
  try {
    await onChannel(connection, declare);
    return undefined;
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return error;
  }
}
