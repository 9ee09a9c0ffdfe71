import type { Config } from '../../config/config.ts';
import type {
  InspectableTransport,
  QueueState,
} from '../../transport/inspection/inspectableTransport.ts';
import type { CommandContext } from '../command/command.ts';
import { CommandError } from '../command/exit.ts';
import {
  onFailed,
  openCommandTransport,
  type ConnectionContext,
} from '../connection/commandTransport.ts';

/** A transport that is open for consuming one queue. */
export interface OpenQueue {
  readonly transport: InspectableTransport;
  /** Resolves when the transport is connected for the first time. */
  readonly connected: Promise<void>;
  /** Rejects when the queue cannot be consumed; never resolves. */
  readonly failed: Promise<never>;
  close(): Promise<void>;
}

/** The parts of a command's context with which it reads a queue. */
export type QueueContext = ConnectionContext & Pick<CommandContext, 'idleTimeoutMs'>;

/** @throws {CommandError} when the transport cannot be opened, or the command is stopped before */
export async function openForTaking(
  config: Config,
  queue: string,
  context: ConnectionContext,
): Promise<OpenQueue> {
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {}); // it may reject before the command awaits it
  const fail = (reason: string): void =>
    failure.reject(new CommandError(`cannot consume "${queue}": ${reason}`));
  const opened = await openCommandTransport({
    config,
    context,
    onState({ missing }) {
      if (missing.length > 0) fail(missing.join('; '));
    },
  });
  onFailed(opened.failed, fail);
  return { ...opened, failed: failure.promise };
}

/**
 * The largest number of messages to decide: the number that the queue holds. Infinity for a missing
 * queue, because consuming it reports the error. A queue that is declared on demand may be missing,
 * and then holds nothing.
 */
export function messageLimit(state: QueueState | undefined, isDeclaredOnDemand: boolean): number {
  const isKnown = state !== undefined && (state.exists || isDeclaredOnDemand);
  return isKnown ? state.ready : Number.POSITIVE_INFINITY;
}
