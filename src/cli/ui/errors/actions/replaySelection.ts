import { Replay, type ReplayEvents, type ReplaySettings } from '../../../replay/replay.ts';
import { replayQueue, type QueueReplayEnd } from '../../../replay/replayQueue.ts';
import type { EventWriter } from '../../server/routes/route.ts';
import type { ActionEnd } from '../contract.ts';
import type { ErrorSource } from '../errorSource.ts';
import type { StoredLook } from '../looks.ts';
import type { ReplayPlan } from '../requests/readReplay.ts';
import { ActionProgress } from './actionProgress.ts';
import { endFailed, endReading, type Reading } from './endReading.ts';
import { lastRow, SelectedRows } from './selectedRows.ts';

/**
 * Replays messages of an index with the guarantees of `errors replay`: each one is acknowledged
 * after the broker has confirmed its publish, and all others stay in the queue in their order.
 * @param closed stops the replay before its next message
 */
export async function replaySelection(
  { queue, index }: StoredLook,
  plan: ReplayPlan,
  source: ErrorSource,
  closed: AbortSignal,
  events: EventWriter,
): Promise<ActionEnd> {
  const { selected } = plan;
  const rows = await SelectedRows.of(selected, source.identify);
  const progress = new ActionProgress('replayed', selected.length, events);
  const replay = ({ isCanary, reach }: Pass): Promise<QueueReplayEnd> =>
    replayQueue(
      {
        queue,
        reach,
        match: (message) => rows.matches(message),
        onRound: () => rows.startRound(),
        enough: rows.allDecided,
      },
      new Replay(settingsOf(plan, isCanary), reportTo(progress, rows, source), {
        config: source.config,
        context: source.contextOf(closed, (reason) => progress.waitFor(reason)),
      }),
    );
  try {
    const near = await replay({
      isCanary: plan.isCanary,
      reach: index.reachOf(lastRow(selected)),
    });
    const isRead = closed.aborted || rows.allDecided.aborted || !near.isComplete;
    // Another order of the broker, or messages that another process has removed.
    const rest = { isCanary: plan.isCanary && near.canary === undefined, reach: ALL };
    const end = isRead ? near : await replay(rest);
    return describeEnd(end, { queue, progress, rows, closed });
  } catch (error) {
    return endFailed(error, { closed, progress });
  }
}

const ALL = Number.POSITIVE_INFINITY;

/** One reading of the queue. */
interface Pass {
  readonly isCanary: boolean;
  /** The number of messages to read from the start of the queue. */
  readonly reach: number;
}

function settingsOf({ edits, rate }: ReplayPlan, isCanary: boolean): ReplaySettings {
  const canary = isCanary ? { waitMs: undefined } : undefined;
  return { limit: ALL, edits, rate, canary, dryRun: false };
}

function reportTo(
  progress: ActionProgress,
  rows: SelectedRows,
  { onReplayed }: Pick<ErrorSource, 'onReplayed'>,
): ReplayEvents {
  // The next hop may end before the confirm arrives.
  const atMs = Date.now();
  return {
    onResult({ outcome, to: actor, reason = '' }, message) {
      const error = rows.decide(message);
      if (error === undefined) return;
      if (outcome === 'replayed') {
        progress.markDone(error);
        const { id, journey } = error;
        if (actor !== undefined) onReplayed({ id, journey, actor, atMs });
      } else {
        progress.markLeft(error, reason);
      }
    },
    onSent: (id) =>
      progress.canary({ state: 'sent', id, text: 'waiting for the end of its journey' }),
    onCanaryEnd: ({ kind: state, id, text }) => progress.canary({ state, id, text }),
  };
}

interface Ended extends Omit<Reading, 'end' | 'state'> {
  readonly closed: AbortSignal;
}

function describeEnd(
  { before: state, canary, end, failure }: QueueReplayEnd,
  { closed, ...reading }: Ended,
): ActionEnd {
  const { progress } = reading;
  if (closed.aborted) return progress.end('stopped', 'stopped');
  if (canary !== undefined && canary.kind !== 'passed') {
    return progress.end('stopped', canary.text);
  }
  if (failure !== undefined) return progress.end('failed', failure);
  return endReading({ ...reading, end, state });
}
