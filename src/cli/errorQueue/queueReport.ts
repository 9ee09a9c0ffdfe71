import type { Config } from '../../config/config.ts';
import type { QueueState } from '../../transport/inspection/inspectableTransport.ts';
import type { CommandContext } from '../command/command.ts';
import { STOPPED } from '../command/signals.ts';
import type { ErrorQueue } from './errorQueue.ts';
import type { ErrorLook } from './lookAtErrors.ts';

/** Describes how many messages a look has read, and how many of them it has selected. */
export function describeLook({ name, config }: ErrorQueue, look: ErrorLook): string {
  const { read, selected, isLimited, consumers, asOfMs, held } = look;
  if (read === 0 && isUnread(look)) return `no message of "${name}" was read`;
  if (read === 0) return describeEmptyQueue(name, consumers, config);
  const heldNote = held === 0 ? '' : ` (${formatCount(held)} held by another process)`;
  const asOf = `"${name}"${heldNote}, as of ${formatClock(asOfMs)}`;
  const all = countOf(read, 'message');
  if (selected === 0) return `none of the ${all} in ${asOf} matches`;
  if (isLimited) return `the first ${countOf(selected, 'matching message')} in ${asOf}`;
  return `${read === selected ? all : `${formatCount(selected)} of ${all}`} in ${asOf}`;
}

/**
 * `no message of "error-end" with the id "a" or "b" matches`; undefined when no id is missing.
 * @param source the name of a queue in quotes, or of a file
 */
export function describeMissingIds(ids: ReadonlySet<string>, source: string): string | undefined {
  if (ids.size === 0) return undefined;
  const names = [...ids].map((id) => `"${id}"`).join(' or ');
  return `no message of ${source} with the id ${names} matches`;
}

/** Describes why no message was read: the queue is empty, or its consumers have the messages. */
export function describeEmptyQueue(
  name: string,
  consumers: number | undefined = 0,
  { errorEnd }: Pick<Config, 'errorEnd'>,
): string {
  if (consumers === 0) return `there is nothing in "${name}"`;
  const others = `${countOf(consumers, 'consumer')} of the queue may have received the messages`;
  const hint = name === errorEnd ? '; see --parked for those that its sidecar has parked' : '';
  return `there is nothing in "${name}": ${others}${hint}`;
}

/** Whether a look has ended early, so that a queue of which it has read nothing may be full. */
export function isUnread({ end }: Pick<ErrorLook, 'end'>): boolean {
  return end === 'idle' || end === 'silent';
}

/** Describes why a look has not read all messages; undefined if it has. */
export function describeGap(
  { name }: ErrorQueue,
  { end }: Pick<ErrorLook, 'end'>,
  { stopped }: Pick<CommandContext, 'stopped'>,
): string | undefined {
  if (stopped.aborted) return `${STOPPED} before all messages were read`;
  switch (end) {
    case 'idle':
      return `not all messages were read: a consumer of "${name}" may have received the others`;
    case 'silent':
      return `not all messages were read: the broker delivered nothing of "${name}" for 30 s`;
    case 'partial':
      return 'not all messages were read: a look ends after 10 minutes or two million messages';
    case 'complete':
    case 'stopped':
      return undefined;
  }
}

/** Describes messages that cannot be taken now, because other processes hold their leases. */
export function describeLeases(name: string, state: QueueState | undefined): string | undefined {
  if (state?.leased === undefined) return undefined;
  const { count, untilMs } = state.leased;
  const held = `${countOf(count, 'message')} of "${name}" ${count === 1 ? 'is' : 'are'} held`;
  const until = new Date(untilMs).toISOString();
  return `${held} by another process until ${until}, or longer if it still runs`;
}

/** `1 message`, `2,504 messages` */
export function countOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function formatCount(count: number): string {
  return count.toLocaleString('en');
}

/** `12:00:01 UTC` */
export function formatClock(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(11, 19)} UTC`;
}
