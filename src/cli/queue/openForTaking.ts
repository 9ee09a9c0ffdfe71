import type { Config } from '../../config/config.ts';
import type {
  InspectableTransport,
  QueueState,
  TransportState,
} from '../../transport/transport.ts';
import type { CommandContext } from '../command/command.ts';
import { CommandError } from '../command/exit.ts';
import { untilStopped } from '../command/signals.ts';

/** A transport that is open for consuming one queue. */
export interface OpenQueue {
  readonly transport: InspectableTransport;
  /** Resolves when the transport is connected for the first time. */
  readonly connected: Promise<void>;
  /** Rejects when the queue cannot be consumed; never resolves. */
  readonly failed: Promise<never>;
}

/** @throws {CommandError} when the command is stopped before the transport is open */
export async function openForTaking(
  config: Config,
  queue: string,
  context: CommandContext,
): Promise<OpenQueue> {
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {}); // it may reject before the command awaits it
  const fail = (reason: string): void =>
    failure.reject(new CommandError(`cannot consume "${queue}": ${reason}`));
  const noAnswer = setTimeout(() => fail('no answer from the broker'), config.confirmTimeoutMs);
  const connected = Promise.withResolvers<void>();

  function onState({ connected: isNow, missing, disconnect }: TransportState): void {
    if (isNow) {
      clearTimeout(noAnswer);
      connected.resolve();
    }
    if (missing.length > 0) fail(missing.join('; '));
    if (disconnect?.refused === true) fail(disconnect.reason);
  }

  const opening = context.openTransport({ config, onState, log: context.log });
  return {
    transport: await untilStopped(opening, context.stopped),
    connected: connected.promise,
    failed: failure.promise,
  };
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
