import type { Config } from '../../config/config.ts';
import type { InspectableTransport, QueueState } from '../../transport/transport.ts';
import { CommandError, type CommandContext } from '../command/command.ts';
import { untilStopped } from '../command/untilStopped.ts';

/** A transport for a command that takes from a queue. */
export interface OpenQueue {
  readonly transport: InspectableTransport;
  /** Resolves when the transport is connected for the first time. */
  readonly connected: Promise<void>;
  /** Rejects when the queue cannot be consumed; never resolves. */
  readonly failed: Promise<never>;
  /** How often the connection was lost so far. */
  readonly connectionLosses: () => number;
}

export async function openForTaking(
  config: Config,
  queue: string,
  context: CommandContext,
): Promise<OpenQueue> {
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {}); // it may fail before the command waits for it
  const fail = (why: string): void =>
    failure.reject(new CommandError(`cannot take from "${queue}": ${why}`));
  const late = setTimeout(() => fail('the broker does not answer'), config.confirmTimeoutMs);
  const first = Promise.withResolvers<void>();
  let isConnected = false;
  let losses = 0;
  const opening = context.openTransport({
    config,
    onState: ({ connected, missing, disconnect }) => {
      if (isConnected && !connected) losses++;
      isConnected = connected;
      if (connected) {
        clearTimeout(late);
        first.resolve();
      }
      if (missing.length > 0) fail(missing.join('; '));
      if (disconnect?.refused === true) fail(disconnect.reason);
    },
    log: context.log,
  });
  const transport = await untilStopped(opening, context.stopped);
  return {
    transport,
    connected: first.promise,
    failed: failure.promise,
    connectionLosses: () => losses,
  };
}

/**
 * The most messages to visit in a queue: what it holds now. A missing queue is consumed and
 * reported then, unless it is one that is made when it is first needed: that holds nothing.
 */
export function visitLimit(state: QueueState | undefined, isMadeWhenNeeded: boolean): number {
  const isKnown = state !== undefined && (state.exists || isMadeWhenNeeded);
  return isKnown ? state.ready : Number.POSITIVE_INFINITY;
}
