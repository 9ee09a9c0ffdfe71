import type { Config } from '../../config/config.ts';
import type { Look } from '../../transport/transport.ts';
import type { CommandContext } from '../command/command.ts';
import { STOPPED } from '../command/signals.ts';
import { countOf, describeEmptyQueue, formatClock } from '../errors/queueReport.ts';

export interface PeekResult {
  readonly queue: string;
  readonly isRetry: boolean;
  /** The number of messages that were shown. */
  readonly shown: number;
  readonly look: Look;
  /** Whether there may be more messages than were shown. */
  readonly isLimited: boolean;
}

export interface ReportOptions {
  readonly config: Config;
  readonly context: CommandContext;
}

/** Describes how many messages a peek has shown, and which ones it could not show. */
export function describePeek(result: PeekResult, options: ReportOptions): readonly string[] {
  const { queue, shown, look } = result;
  const { config, context } = options;
  const place = describePlace(result, config);
  const lines = [
    shown === 0 && look.end !== 'stopped'
      ? describeEmptyQueue(queue, look.consumers, config)
      : `${describeCount(result, config)}${place}, as of ${formatClock(look.asOfMs)}`,
  ];
  if (context.stopped.aborted) return [...lines, `${STOPPED} before all messages were read`];
  if (look.end === 'partial') return [...lines, 'not all messages were read; use a lower --limit'];
  return config.transport === 'rabbitmq' ? [...lines, OTHERS] : lines;
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

/** ` in "infer:retry:1000" and "infer:retry:5000"` */
function describePlace({ queue, isRetry }: PeekResult, { transport, retry }: Config): string {
  if (!isRetry) return ` in "${queue}"`;
  if (transport !== 'rabbitmq') return ` of "${queue}" that wait for their next attempt`;
  const delays = [...new Set(retry.backoffMs)].map((delayMs) => `${delayMs} ms`);
  return ` in the retry queues of "${queue}" (${delays.join(', ')})`;
}
