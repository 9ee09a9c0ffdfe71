import { createSleep } from '../../../backoff.ts';
import { LookError, type Look } from '../../../transport/inspection/queueReader.ts';
import { MINUTE, SECOND } from '../../../units.ts';
import { CommandError } from '../../command/exit.ts';
import { DecidedMessages } from './decidedMessages.ts';
import { Round, type RoundOptions, type RoundResult } from './round.ts';

export interface DrainOptions extends RoundOptions {
  /** The largest number of messages to read. */
  readonly limit: number;
  /**
   * After this time the messages return to the queue and are read again, in milliseconds. The
   * broker closes a channel that holds a message for longer than its `consumer_timeout`, 30 minutes
   * by default.
   * @default 10 minutes
   */
  readonly roundMs?: number;
  /**
   * Aborts when no further message is to be decided. Ends the drain after the acks that were lost
   * with a connection are repeated. @default never
   */
  readonly enough?: AbortSignal;
  /** Called before each round, which reads all messages that are left again. */
  readonly onRound?: () => void;
  /**
   * The verdicts of an earlier drain of this queue. Its messages are not decided again, and its
   * acks that were lost are repeated. @default none
   */
  readonly verdicts?: DecidedMessages;
}

const ROUND_MS = 10 * MINUTE;
const RECONNECT_TIMEOUT_MS = 30 * SECOND;
const RECONNECT_POLL_MS = 200;

/**
 * Reads a queue and decides each message that matches, once. Messages that are left return to the
 * queue in their order, also when the process is killed. Works in rounds: at the end of each one
 * all messages that are left return, and the next one decides the rest. Messages that arrive during
 * the drain are not read.
 * @returns the end of the last round
 * @throws {CommandError} when the queue cannot be read
 */
export async function drainQueue(options: DrainOptions): Promise<Look['end']> {
  const { stopped, roundMs = ROUND_MS, onRound, verdicts = new DecidedMessages() } = options;
  const sleep = createSleep(stopped);
  let { limit } = options;
  let connectedAtMs = Date.now();
  while (limit > 0 && !stopped.aborted && !hasEnough(options, verdicts)) {
    onRound?.();
    const round = new Round({ ...options, stopped: endOfRound(options) }, verdicts);
    const result = await tryRound(round, limit, roundMs);
    if (round.decided > 0) connectedAtMs = Date.now();
    if ('lost' in result) {
      if (Date.now() - connectedAtMs > RECONNECT_TIMEOUT_MS) throw toCommandError(result.lost);
      await sleep(RECONNECT_POLL_MS).catch(() => undefined); // the loop ends when it is stopped
      continue;
    }
    connectedAtMs = Date.now();
    // Acks that seem lost may have reached the broker, so that fewer messages are left.
    const end = endOf(result.look, verdicts.hasLostAcks ? 0 : limit);
    limit = Math.min(limit, result.look.total);
    if (result.isConfirmed) limit -= result.acknowledged;
    if (isLast(result)) return end;
  }
  return limit > 0 ? 'stopped' : 'complete';
}

/**
 * A queue that has fewer messages than expected may get them back: from a consumer, or when the
 * broker can count again.
 * @param expected the number of messages that are left; Infinity when it is not known
 */
function endOf({ end, total, consumers = 0 }: Look, expected: number): Look['end'] {
  const isShort = Number.isFinite(expected) && total < expected;
  const mayReturn = consumers > 0 || total === 0;
  return end === 'complete' && isShort && mayReturn ? 'idle' : end;
}

function hasEnough({ enough }: DrainOptions, { hasLostAcks }: DecidedMessages): boolean {
  return enough?.aborted === true && !hasLostAcks;
}

/** A round that only repeats acks is not ended by `enough`. */
function endOfRound({ stopped, enough }: DrainOptions): AbortSignal {
  return enough === undefined || enough.aborted ? stopped : AbortSignal.any([stopped, enough]);
}

async function tryRound(
  round: Round,
  limit: number,
  roundMs: number,
): Promise<RoundResult | { readonly lost: LookError }> {
  try {
    return await round.run(limit, roundMs);
  } catch (error) {
    if (!(error instanceof LookError)) throw error;
    if (error.code === 'lost') return { lost: error };
    throw toCommandError(error);
  }
}

/** Whether another round would decide nothing. */
function isLast({ look, decided, acknowledged, deferred, isConfirmed }: RoundResult): boolean {
  if (!isConfirmed) return decided + acknowledged === 0;
  const isRead = look.end === 'complete' || look.end === 'idle';
  return (isRead && deferred === 0) || decided === 0;
}

function toCommandError(cause: LookError): CommandError {
  return new CommandError(cause.message, { cause });
}
