import { encodeArchived } from '../../../failures/errorJson.ts';
import { readFailedMessage } from '../../../failures/failedMessage.ts';
import { CommandError } from '../../../command/exit.ts';
import { untilStopped } from '../../../command/signals.ts';
import { readQueue } from '../../../queue/readQueue.ts';
import type { LineWriter } from '../../server/routes/route.ts';
import type { ErrorSource } from '../errorSource.ts';
import type { IndexedError } from '../index/errorIndex.ts';
import type { StoredLook } from '../looks.ts';
import { hasReadAll } from '../hasReadAll.ts';
import { SelectedRows } from './selectedRows.ts';

/**
 * Writes the messages of an index as the lines of `errors export`. They stay in the queue.
 * @param stopped ends the export, also while it waits for its client
 * @throws {CommandError} when not all messages of the queue were read
 */
export async function exportSelection(
  look: StoredLook,
  selected: readonly IndexedError[],
  source: ErrorSource,
  stopped: AbortSignal,
  lines: LineWriter,
): Promise<void> {
  try {
    await exportAll(look, selected, source, stopped, lines);
  } catch (cause) {
    if (!stopped.aborted || !(cause instanceof CommandError)) throw cause;
    throw new CommandError('the export was stopped', { cause });
  }
}

async function exportAll(
  { queue }: StoredLook,
  selected: readonly IndexedError[],
  source: ErrorSource,
  stopped: AbortSignal,
  lines: LineWriter,
): Promise<void> {
  const rows = await SelectedRows.of(selected, source.identify);
  rows.startRound();
  let written: Promise<void> = Promise.resolve();
  const look = await readQueue(
    queue.name,
    (queued) => {
      if (!rows.matches(queued)) return;
      rows.decide(queued);
      const message = readFailedMessage(queued, source.config);
      written = lines.write(encodeArchived(message, queued).toString());
    },
    {
      config: source.config,
      context: source.contextOf(stopped),
      enough: rows.allDecided,
      drained: () => untilStopped(written, stopped),
    },
  );
  await untilStopped(written, stopped);
  const { undecided } = rows;
  if (hasReadAll(look)) for (const error of undecided) error.gone ??= 'missing';
  else if (undecided.length > 0)
    throw new CommandError(`not all messages of "${queue.name}" were read`);
}
