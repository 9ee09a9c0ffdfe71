import type { Config } from '../config.ts';
import type { Transport } from '../transport/transport.ts';
import { CommandError, type CommandContext } from './command.ts';

/** A transport for a command that takes from a queue. */
export interface Opened {
  readonly transport: Transport;
  /** Rejects when the queue cannot be consumed; never resolves. */
  readonly failed: Promise<never>;
}

export async function openToTake(config: Config, queue: string, context: CommandContext): Promise<Opened> {
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {}); // it may fail before anybody waits for it
  const fail = (why: string): void => failure.reject(new CommandError(`cannot take from "${queue}": ${why}`));
  const late = setTimeout(() => fail('the broker does not answer'), config.confirmTimeoutMs);
  const transport = await context.openTransport(
    config,
    undefined,
    ({ connected, missing }) => {
      if (connected) clearTimeout(late);
      if (missing.length > 0) fail(missing.join('; '));
    },
    context.log,
  );
  return { transport, failed: failure.promise };
}
