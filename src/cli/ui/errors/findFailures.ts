import { truncatedCopy } from '../../../unicode.ts';
import { CommandError } from '../../command/exit.ts';
import { errorQueueOf, type ErrorQueue } from '../../errorQueue/errorQueue.ts';
import { lookAtErrors, type ErrorLook } from '../../errorQueue/lookAtErrors.ts';
import { describeGap } from '../../errorQueue/queueReport.ts';
import { readTrace, timeOfFailure, type FailedMessage } from '../../failures/failedMessage.ts';
import { formatTime } from './describeRows.ts';
import type { ErrorSource } from './errorSource.ts';
import type { IndexedRoute } from './index/errorIndex.ts';

/** A failure of a journey, in error-end's queue. */
export interface FoundFailure {
  readonly failure: {
    readonly id: string;
    readonly actor?: string;
    readonly code?: string;
    readonly type?: string;
    readonly text: string;
    readonly attempt?: number;
    /** RFC 3339 */
    readonly failedAt?: string;
    /** Its first lines. */
    readonly traceback?: string;
  };
  readonly journey: string;
  readonly route?: IndexedRoute;
}

const MAX_FAILURES = 100;
const MAX_TEXT_LENGTH = 2_000;
const MAX_TRACEBACK_LENGTH = 8_000;

/**
 * Finds the failures of a journey by a look of its own; the oldest first, at most 100.
 * @param id that of the journey, or of an envelope of it
 * @throws {RequestError} 409 while an action uses the queue
 * @throws {CommandError} when the queue cannot be read, or not completely
 */
export async function findFailures(
  id: string,
  source: ErrorSource,
  closed: AbortSignal,
): Promise<readonly FoundFailure[]> {
  const queue = errorQueueOf(false, source.config);
  const found: (FoundFailure & { readonly timeMs: number })[] = [];
  const context = source.contextOf(closed);
  const read = (): Promise<ErrorLook> =>
    lookAtErrors(
      {
        queue,
        filter: { limit: MAX_FAILURES, matches: (message) => isOf(message, id) },
        onMessage: (message) => {
          found.push({ ...describe(message), timeMs: timeOfFailure(message) ?? 0 });
        },
      },
      context,
    );
  const look = await source.turns.look(queue.name, closed, read);
  requireComplete(queue, look, closed);
  return found
    .toSorted((a, b) => a.timeMs - b.timeMs)
    .map(({ timeMs: _timeMs, ...failure }) => failure);
}

function isOf(message: FailedMessage, id: string): boolean {
  return message.id === id || message.journey === id;
}

/** @throws {CommandError} */
function requireComplete(queue: ErrorQueue, look: ErrorLook, stopped: AbortSignal): void {
  const gap = describeGap(queue, look, { stopped });
  if (gap !== undefined) throw new CommandError(gap);
}

function describe(message: FailedMessage): FoundFailure {
  const { id, journey, actor, code, type, text, attempt, route } = message;
  const { traceback } = readTrace(message);
  const timeMs = timeOfFailure(message);
  return {
    failure: {
      id,
      ...(actor === undefined ? {} : { actor }),
      ...(code === undefined ? {} : { code }),
      ...(type === undefined ? {} : { type }),
      text: truncatedCopy(text, MAX_TEXT_LENGTH),
      ...(attempt === undefined ? {} : { attempt }),
      ...(timeMs === undefined ? {} : { failedAt: formatTime(timeMs) }),
      ...(traceback && { traceback: truncatedCopy(traceback, MAX_TRACEBACK_LENGTH) }),
    },
    journey,
    ...(route && { route: { actors: route.actors, current: route.current } }),
  };
}
