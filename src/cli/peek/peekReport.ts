import type { Config } from '../../config/config.ts';
import type { CommandContext } from '../command/command.ts';
import { STOPPED } from '../command/signals.ts';
import { countOf, describeEmptyQueue, formatClock } from '../errorQueue/queueReport.ts';
import { describeRetryQueues, OTHER_DELAYS, type QueueLook } from '../queue/readQueue.ts';

export interface PeekResult {
  readonly queue: string;
  readonly isRetry: boolean;
  /** The number of messages that were shown. */
  readonly shown: number;
  readonly look: QueueLook;
  /** Whether there may be more messages than were shown. */
  readonly isLimited: boolean;
}

export interface ReportOptions {
  readonly config: Config;
  readonly context: CommandContext;
}

/** Describes how many messages a peek has shown, and which ones it could not show. */
export function describePeek(result: PeekResult, options: ReportOptions): readonly string[] {
  const { look } = result;
  const { config, context } = options;
  const isRabbitmq = config.transport === 'rabbitmq';
  const lines = [describeShown(result, config)];
  if (context.stopped.aborted) return [...lines, `${STOPPED} before all messages were read`];
  if (look.end === 'partial') return [...lines, 'not all messages were read; use a lower --limit'];
  if (look.end === 'silent') return [...lines, 'not all messages were read; try again'];
  if (!isRabbitmq) return lines;
  return [...lines, ...(result.isRetry ? [OTHER_DELAYS] : []), OTHERS];
}

function describeShown(result: PeekResult, config: Config): string {
  const { queue, isRetry, shown, look } = result;
  const place = describePlace(result, config);
  if (shown > 0 || look.end === 'stopped') {
    return `${describeCount(result, config)}${place}, as of ${formatClock(look.asOfMs)}`;
  }
  if (look.end === 'silent') return `the broker delivered nothing${place} for 30 s`;
  return isRetry ? `there is nothing${place}` : describeEmptyQueue(queue, look.consumers, config);
}

/** The sentence about the messages that a look cannot show. */
const OTHERS = 'messages that a consumer or another look holds are not among them';

/** `20 of 2,504 messages` */
function describeCount({ shown, look, isLimited }: PeekResult, { transport }: Config): string {
  if (!isLimited || look.total <= shown) return countOf(shown, 'message');
  // On SQLite the total includes messages that are not shown.
  if (transport !== 'rabbitmq')
    return shown === 1 ? 'the first message' : `the first ${countOf(shown, 'message')}`;
  return `the first ${shown.toLocaleString('en')} of ${countOf(look.total, 'message')}`;
}

/** ` in the retry queues of "infer" (1000 ms, 5000 ms)` */
function describePlace({ queue, isRetry, look }: PeekResult, { transport }: Config): string {
  if (!isRetry) return ` in "${queue}"`;
  if (transport !== 'rabbitmq') return ` of "${queue}" that wait for their next attempt`;
  return ` in ${describeRetryQueues(queue, look)}`;
}
