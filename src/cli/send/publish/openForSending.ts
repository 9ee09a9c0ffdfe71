import type { Config } from '../../../config/config.ts';
import type { InspectableTransport } from '../../../transport/inspection/inspectableTransport.ts';
import type { CommandContext } from '../../command/command.ts';
import { STOPPED } from '../../command/signals.ts';
import {
  openCommandTransport,
  untilConnected,
  type CommandTransport,
} from '../../connection/commandTransport.ts';

/** A connected transport that publishes. */
export interface Sender {
  readonly transport: InspectableTransport;
  /** The reason to send no more envelopes; undefined while there is none. */
  readonly endReason: () => string | undefined;
  /** Ends the sending: pending publishes fail for this reason. */
  readonly end: (reason: string) => void;
  close(): Promise<void>;
}

/**
 * Opens a transport and waits for its connection. A signal and a refused login end the sending.
 * @throws {CommandError} when it cannot be connected, or when the command is stopped before
 */
export async function openForSending(config: Config, context: CommandContext): Promise<Sender> {
  const opened = await openCommandTransport({ config, context });
  const { stopped } = context;
  try {
    await untilConnected(opened, stopped);
  } catch (error) {
    await opened.close();
    throw error;
  }
  return createSender(opened, stopped);
}

function createSender(opened: CommandTransport, stopped: AbortSignal): Sender {
  const { transport, failed } = opened;
  const ending = new AbortController();
  const ended = AbortSignal.any([failed, stopped, ending.signal]);
  const close = (): void => void opened.close();
  ended.addEventListener('abort', close);
  if (ended.aborted) close();
  return {
    transport,
    endReason() {
      if (stopped.aborted) return STOPPED;
      return ended.aborted ? String(ended.reason) : undefined;
    },
    end: (reason) => ending.abort(reason),
    close: () => opened.close(),
  };
}
