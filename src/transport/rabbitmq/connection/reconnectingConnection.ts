import { once } from 'node:events';
import type { Log } from '../../../log.ts';
import { SECOND } from '../../../units.ts';
import type { Disconnect } from '../../transport.ts';
import { ConnectError, type BrokerConnection, RECONNECT_BACKOFF } from './connect.ts';
import { closeConnection, untilClosed } from './lifetime.ts';
import { repeatWithBackoff } from '../../../backoff.ts';
import { reasonOf } from './reply.ts';

/** A connection that is opened again each time it is lost. */
export interface ReconnectingConnection {
  close(): Promise<void>;
}

export interface ReconnectingConnectionOptions {
  readonly name: string;
  readonly connect: (name: string) => Promise<BrokerConnection>;
  /**
   * Begins to use a connection. When this fails, or the connection closes, another connection is
   * opened.
   */
  readonly use: (connection: BrokerConnection) => Promise<void>;
  readonly onConnected: (connected: boolean) => void;
  /** Called when a connection could not be opened, or was lost. */
  readonly onDisconnect: (disconnect: Disconnect) => void;
  readonly log: Log;
}

const STABLE_MS = 2 * SECOND;

/** Connects in the background. */
export function openReconnectingConnection(
  options: ReconnectingConnectionOptions,
): ReconnectingConnection {
  const { name, connect, use, onConnected, onDisconnect, log } = options;
  const closing = new AbortController();
  const aborted = once(closing.signal, 'abort');
  let using: Promise<void> | undefined;

  async function useUntilClosed(connection: BrokerConnection): Promise<void> {
    const closed = untilClosed(connection).then((error) => {
      throw error ?? new Error('the connection was closed');
    });
    onConnected(true);
    try {
      await Promise.race([use(connection).then(() => closed), closed, aborted]);
    } finally {
      onConnected(false);
      await closeConnection(connection);
    }
  }

  async function connectAndUse(): Promise<void> {
    const connection = await connect(name);
    if (closing.signal.aborted) return closeConnection(connection);
    const broker: unknown = connection.connection.serverProperties.version;
    log.info({ connection: name, broker }, 'connected');
    using = useUntilClosed(connection);
    await using;
  }

  async function runOnce(): Promise<void> {
    try {
      await connectAndUse();
    } catch (error) {
      if (!closing.signal.aborted) report(error);
    }
  }

  function report(error: unknown): void {
    const reason = reasonOf(error);
    if (error instanceof ConnectError) {
      log.warn({ connection: name, reason }, 'broker connection failed; reconnecting');
      onDisconnect({ reason, refused: error.refused });
    } else {
      log.warn({ connection: name, reason }, 'broker connection lost; reconnecting');
      onDisconnect({ reason, refused: false });
    }
  }

  void repeatWithBackoff(runOnce, {
    backoff: RECONNECT_BACKOFF,
    stableMs: STABLE_MS,
    stop: closing.signal,
  });
  return {
    close: async () => {
      closing.abort();
      // A pending attempt to connect is not awaited: an unresponsive broker would delay the
      // shutdown by its timeout.
      await using?.catch(() => undefined); // logged by the loop
    },
  };
}
