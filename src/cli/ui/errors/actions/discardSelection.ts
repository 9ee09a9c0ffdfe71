import type { QueuedMessage } from '../../../../transport/inspection/queueReader.ts';
import { createArchiveIn, type ArchiveOutput } from '../../../archive/archiveOutput.ts';
import { LineArchive } from '../../../archive/lineArchive.ts';
import { takeErrors, type Taken } from '../../../errorQueue/takeErrors.ts';
import type { QueueContext } from '../../../queue/openForTaking.ts';
import { encodeArchived } from '../../../failures/errorJson.ts';
import { readFailedMessage } from '../../../failures/failedMessage.ts';
import type { EventWriter } from '../../server/routes/route.ts';
import type { ActionEnd } from '../contract.ts';
import type { ErrorSource } from '../errorSource.ts';
import type { IndexedError } from '../index/errorIndex.ts';
import type { StoredLook } from '../looks.ts';
import { ActionProgress } from './actionProgress.ts';
import { endFailed, endReading } from './endReading.ts';
import { lastRow, SelectedRows } from './selectedRows.ts';

/** The largest number of messages that wait for their line to be durable. */
const MAX_PENDING = 1_000;

export interface DiscardOptions {
  readonly selected: readonly IndexedError[];
  /** The folder of the archive. */
  readonly folder: string;
}

/**
 * Moves messages of an index to a new file with the guarantees of `errors discard`: each one is
 * acknowledged after its line is on disk.
 * @param closed stops the discard before its next message
 */
export async function discardSelection(
  look: StoredLook,
  { selected, folder }: DiscardOptions,
  source: ErrorSource,
  closed: AbortSignal,
  events: EventWriter,
): Promise<ActionEnd> {
  const rows = await SelectedRows.of(selected, source.identify);
  const progress = new ActionProgress('discarded', selected.length, events);
  let file: string | undefined;
  let taken: Taken;
  try {
    // The archive is complete before the end is reported.
    await using output = closing(await createArchiveIn(folder, Date.now()));
    const archive = new LineArchive(output);
    const take = async (queued: QueuedMessage): Promise<void> => {
      const message = readFailedMessage(queued, source.config);
      await archive.append(() => encodeArchived(message, queued));
      file = output.name;
      const error = rows.decide(queued);
      if (error !== undefined) progress.markDone(error);
    };
    const reach = look.index.reachOf(lastRow(selected));
    const context = source.contextOf(closed, (reason) => progress.waitFor(reason));
    taken = await takeAll(look, { rows, take, reach }, context);
    // Another order of the broker, or messages that another process has removed.
    const isRead = closed.aborted || rows.allDecided.aborted;
    if (!isRead) taken = await takeAll(look, { rows, take }, context);
  } catch (error) {
    return endFailed(error, { closed, progress, file });
  }
  if (closed.aborted) return progress.end('stopped', 'stopped', file);
  const { end, state } = taken;
  return endReading({ queue: look.queue, end, state, rows, progress, file });
}

function closing(output: ArchiveOutput): ArchiveOutput & AsyncDisposable {
  return { ...output, [Symbol.asyncDispose]: () => output.close() };
}

interface Taking {
  readonly rows: SelectedRows;
  readonly take: (queued: QueuedMessage) => Promise<void>;
  readonly reach?: number;
}

async function takeAll(
  { queue }: StoredLook,
  { rows, ...taking }: Taking,
  context: QueueContext,
): Promise<Taken> {
  return takeErrors(
    queue,
    {
      match: (message) => rows.matches(message),
      limit: Number.POSITIVE_INFINITY,
      ...taking,
      concurrency: MAX_PENDING,
      onRound: () => rows.startRound(),
      enough: rows.allDecided,
    },
    context,
  );
}
