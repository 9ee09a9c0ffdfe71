import type { QueueState } from '../../../../transport/inspection/inspectableTransport.ts';
import type { Look } from '../../../../transport/inspection/queueReader.ts';
import { CommandError } from '../../../command/exit.ts';
import type { ErrorQueue } from '../../../errorQueue/errorQueue.ts';
import { countOf, describeGap, describeLeases } from '../../../errorQueue/queueReport.ts';
import type { ActionEnd } from '../contract.ts';
import type { ActionProgress } from './actionProgress.ts';
import type { SelectedRows } from './selectedRows.ts';

export interface Reading {
  readonly queue: ErrorQueue;
  readonly end: Look['end'];
  /** The state of the queue before the reading; undefined when it is not known. */
  readonly state: QueueState | undefined;
  readonly rows: SelectedRows;
  readonly progress: ActionProgress;
  /** The archive of a discard. */
  readonly file?: string | undefined;
}

const NOT_STOPPED = new AbortController().signal;

/**
 * Ends an action that was not stopped. Messages are missing only if all others were read: a
 * consumer may hold them, and a broker that cannot count a queue reports 0 messages.
 */
export function endReading(reading: Reading): ActionEnd {
  const { rows, progress, file } = reading;
  const { undecided, gone } = rows;
  const gap = describeUnread(reading);
  if (undecided.length > 0 && gap !== undefined) return progress.end('failed', gap, file);
  progress.markMissing([...undecided, ...gone]);
  return progress.end('done', undefined, file);
}

export interface Failed extends Pick<Reading, 'progress' | 'file'> {
  readonly closed: AbortSignal;
}

/**
 * Ends an action whose queue or archive failed, or that was stopped before it could read.
 * @throws an error that is not a `CommandError`
 */
export function endFailed(error: unknown, { closed, progress, file }: Failed): ActionEnd {
  if (!(error instanceof CommandError)) throw error;
  return closed.aborted
    ? progress.end('stopped', 'stopped', file)
    : progress.end('failed', error.message, file);
}

/** Why messages that were not found may be in the queue; undefined if they are not. */
function describeUnread({ queue, end, state }: Reading): string | undefined {
  const { name } = queue;
  const gap = describeGap(queue, { end }, { stopped: NOT_STOPPED });
  const leases = describeLeases(name, state);
  if (gap !== undefined || leases !== undefined) return gap ?? leases;
  if (state === undefined) return undefined;
  const { ready, consumers = 0, delayed = 0 } = state;
  if (delayed > 0) return `${countOf(delayed, 'message')} of "${name}" wait for another attempt`;
  if (ready > 0) return undefined;
  const holders = consumers > 0 ? `; ${countOf(consumers, 'consumer')} may hold them` : '';
  return `"${name}" had no ready messages, so that nothing was read${holders}`;
}
