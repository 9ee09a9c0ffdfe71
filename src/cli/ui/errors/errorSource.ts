import type { Config } from '../../../config/config.ts';
import type { CommandContext } from '../../command/command.ts';
import { CommandError } from '../../command/exit.ts';
import type { QueueContext } from '../../queue/openForTaking.ts';
import { RequestError } from '../server/routes/requestError.ts';
import { createIdentifyFailed, type IdentifyFailed } from './index/messageIdentity.ts';
import { QueueTurns } from './queueTurns.ts';

export interface ErrorSourceOptions {
  readonly config: Config;
  readonly context: Pick<CommandContext, 'openTransport' | 'log' | 'idleTimeoutMs'>;
  /** Returns the last count of the messages in a queue. @default it is not known */
  readonly depthOf?: (queue: string) => CountedDepth | undefined;
  /** Called with each envelope that was replayed. @default nothing is called */
  readonly onReplayed?: (replayed: ReplayedEnvelope) => void;
}

export interface CountedDepth {
  /** The number of messages. */
  readonly depth: number;
  /** A time before the count, in milliseconds since the epoch. */
  readonly atMs: number;
}

/** An envelope whose replay the broker has confirmed. */
export interface ReplayedEnvelope {
  readonly id: string;
  readonly journey: string;
  /** The actor that it was sent to. */
  readonly actor: string;
  /** A time before its publish, in milliseconds since the epoch. */
  readonly atMs: number;
}

/** Where the page's server reads failed messages: error-end's queue and its parked queue. */
export class ErrorSource {
  readonly config: Config;
  readonly turns = new QueueTurns();
  /** The same for all looks and actions, because an identity is valid within one function. */
  readonly identify: IdentifyFailed = createIdentifyFailed();
  readonly onReplayed: (replayed: ReplayedEnvelope) => void;
  readonly depthOf: (queue: string) => CountedDepth | undefined;
  readonly #context: ErrorSourceOptions['context'];

  constructor(options: ErrorSourceOptions) {
    const { config, context, onReplayed = () => {}, depthOf = () => undefined } = options;
    this.config = config;
    this.depthOf = depthOf;
    this.onReplayed = onReplayed;
    this.#context = context;
  }

  /**
   * The context of one request. Alarms of the broker go to the log.
   * @param closed stops the request
   * @param onWait see `ConnectionContext`
   */
  contextOf(
    closed: AbortSignal,
    onWait: NonNullable<QueueContext['onWait']> = () => {},
  ): QueueContext {
    const { openTransport, log, idleTimeoutMs } = this.#context;
    const terminal = { err: (text: string) => log.warn(text.trimEnd()) };
    return { openTransport, log, idleTimeoutMs, stopped: closed, terminal, onWait };
  }
}

/**
 * Turns the failure of a command's part into the answer to a request.
 * @throws {RequestError} 503 for a queue that cannot be read
 */
export async function answerFailure<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    throw new RequestError(503, cause.message, { cause });
  }
}
