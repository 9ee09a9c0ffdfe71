import type { Message } from '../message.ts';
import type { Delivery } from '../transport.ts';

/**
 * Reads queues for commands. The queue may also be a parked queue, or the retry queue of an actor.
 * Where the broker has no retry queues, the actor's queue includes the delayed messages.
 *
 * Messages that a consumer or another look holds are not read, unless the broker shows them as
 * leased.
 */
export interface QueueReader {
  /**
   * Reads the messages of a queue in order and leaves them there, in the same order.
   * @param onMessage must not throw, and must not keep the body
   * @throws {LookError}
   */
  look(
    queue: string,
    onMessage: (message: QueuedMessage) => void,
    options: LookOptions,
  ): Promise<Look>;

  /**
   * Opens a take, which reads the messages of a queue in order. Each message that is ready can be
   * removed; the others stay in the queue, in the same order, also when this process is killed.
   * @param onMessage must not throw. See `Take.keep`
   * @throws {LookError}
   */
  take(
    queue: string,
    onMessage: (message: QueuedMessage) => void,
    options: LookOptions,
  ): Promise<Take>;

  /**
   * Compares the arguments of a queue with those that a sidecar declares, and changes nothing.
   * Resolves to a clause with the differences that may matter to a look, or with the reason why
   * they cannot be compared; to undefined if there are none, for a missing queue, and where queues
   * have no arguments.
   * @throws {LookError}
   */
  argumentProblem(queue: string, errorEnd: string): Promise<string | undefined>;
}

export interface LookOptions {
  /** The largest number of messages to read. */
  readonly limit: number;
  /**
   * The look ends when no message arrives for this time, in milliseconds, and the queue holds no
   * ready message. The broker gets more time for the first of many messages.
   */
  readonly idleTimeoutMs: number;
  /** Ends the look before the next message. */
  readonly stopped: AbortSignal;
  /**
   * Awaited after each batch of messages, so that the output of `onMessage` does not collect in
   * memory. While it is pending, the look reads slowly: the broker closes a connection from which
   * nothing is read. A rejection ends the look with the same error.
   * @default the queue is read without a pause
   */
  readonly drained?: (() => Promise<void>) | undefined;
}

/** A look that can remove messages. */
export interface Take {
  /**
   * Reads the messages; must be called once. Resolves when no message follows. Messages can be
   * claimed and settled until `release`.
   * @throws {LookError}
   */
  read(): Promise<Look>;
  /** Returns a message that stays valid after `onMessage`. */
  keep(message: QueuedMessage): QueuedMessage;
  /** Claims a message before it is handled. Resolves to false when another consumer has it. */
  claim(message: QueuedMessage): Promise<boolean>;
  /** Settles a claimed message. Resolves to false when it may be delivered again. */
  settle(message: QueuedMessage, verdict: Verdict): Promise<boolean>;
  /**
   * Ends the take and returns all messages that are not acknowledged. Resolves to false when acks
   * may be lost; the broker then delivers their messages again. Never rejects.
   */
  release(): Promise<boolean>;
}

/** Whether a message is removed from its queue, or stays there. */
export type Verdict = 'acknowledge' | 'leave';

/** A message in a queue. A look does not confer the right to settle it. */
export interface QueuedMessage extends Message, Pick<Delivery, 'id' | 'deadLetter'> {
  /** False while the message is delayed or leased. */
  readonly isReady: boolean;
  /** The message waits for its delay. */
  readonly isDelayed: boolean;
}

/** The result of a look. */
export interface Look {
  /** The number of messages that were read. */
  readonly count: number;
  /** The number of messages that could be read at the start. */
  readonly total: number;
  /** The time at which the look started, in milliseconds since the epoch. */
  readonly asOfMs: number;
  /** The number of other consumers at the start; undefined where the transport counts none. */
  readonly consumers: number | undefined;
  /**
   * - `complete`: all messages of the start, or `limit`, were read.
   * - `idle`: fewer messages arrived; a consumer received the others.
   * - `silent`: the broker delivered none of the messages that are ready for 30 seconds.
   * - `stopped`: by the caller.
   * - `partial`: the broker limits the time and the number of messages of a look.
   */
  readonly end: 'complete' | 'idle' | 'silent' | 'stopped' | 'partial';
}

/** Why the messages of a queue could not be read, or not all of them. `message` is one line. */
export class LookError extends Error {
  override readonly name = 'LookError';
  readonly code: LookErrorCode;
  constructor(code: LookErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * - `missing`: the queue does not exist.
 * - `refused`: the broker refuses to deliver the messages.
 * - `lost`: the transport is not connected, or the connection was lost; another look may succeed.
 */
export type LookErrorCode = 'missing' | 'refused' | 'lost';
