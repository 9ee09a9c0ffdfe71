import type { Look } from '../../../../transport/inspection/queueReader.ts';
import { CommandError } from '../../../command/exit.ts';
import type { ErrorQueue } from '../../../errorQueue/errorQueue.ts';
import { describeGap } from '../../../errorQueue/queueReport.ts';
import type { ActionEnd } from '../contract.ts';
import type { ActionProgress } from './actionProgress.ts';
import type { SelectedRows } from './selectedRows.ts';

export interface Reading {
  readonly queue: ErrorQueue;
  readonly end: Look['end'];
  readonly rows: SelectedRows;
  readonly progress: ActionProgress;
  /** The archive of a discard. */
  readonly file?: string | undefined;
}

const NOT_STOPPED = new AbortController().signal;

/**
 * Ends an action that was not stopped. Messages are missing only if all others were read: a
 * consumer may hold them.
 */
export function endReading({ queue, end, rows, progress, file }: Reading): ActionEnd {
  const { undecided, gone } = rows;
  const gap = describeGap(queue, { end }, { stopped: NOT_STOPPED });
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
