import type { QueueState } from '../../transport/transport.ts';
import type { CommandContext } from '../command/command.ts';
import { EXIT, type ExitCode } from '../command/exit.ts';
import { STOPPED } from '../command/signals.ts';
import type { ErrorQueue, Walk } from './errorQueue.ts';

export interface WalkReport {
  readonly queue: ErrorQueue;
  readonly walk: Walk;
  /** Whether standard output is for JSON only; the report then goes to standard error. */
  readonly json: boolean;
}

/** Prints how many messages a walk has selected and what it could not read. */
export function reportWalk({ queue, walk, json }: WalkReport, context: CommandContext): ExitCode {
  const { terminal, stopped } = context;
  const print = (line: string): void =>
    json ? terminal.err(`${line}\n`) : terminal.out(`${line}\n`);
  print(
    walk.read === 0 ? describeEmptyQueue(queue.name, walk.state) : describeSelection(queue, walk),
  );
  const leases = describeLeases(queue.name, walk.state);
  if (leases !== undefined) print(leases);
  if (stopped.aborted) print(`${STOPPED}: not all messages were read`);
  return leases === undefined && !stopped.aborted ? EXIT.done : EXIT.failed;
}

/** Describes how many messages were read, and how many of them were selected. */
function describeSelection({ name, isParked }: ErrorQueue, walk: Walk): string {
  const { read, selected, isLimited } = walk;
  const asOf = `"${name}", as of ${formatClock(walk.startedAtMs)}`;
  if (selected === 0) return `none of the ${countOf(read, 'message')} in ${asOf} matches`;
  const show = `asya-sidecar errors show${isParked ? ' --parked' : ''} ID`;
  return `${countSelection()} in ${asOf}\n${show} prints one of them`;

  function countSelection(): string {
    if (isLimited) return `the first ${countOf(selected, 'matching message')}`;
    const all = countOf(read, 'message');
    return read === selected ? all : `${formatCount(selected)} of ${all}`;
  }
}

/** Describes why no message was read: the queue is empty, or its consumers have the messages. */
export function describeEmptyQueue(name: string, state: QueueState | undefined): string {
  const consumers = state?.consumers ?? 0;
  if (consumers === 0) return `there is nothing in "${name}"`;
  return `there is nothing in "${name}": ${countOf(consumers, 'consumer')} of the queue may have received the messages`;
}

/** Describes messages that no command can read now, because other processes hold their leases. */
function describeLeases(name: string, state: QueueState | undefined): string | undefined {
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
function formatClock(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(11, 19)} UTC`;
}
