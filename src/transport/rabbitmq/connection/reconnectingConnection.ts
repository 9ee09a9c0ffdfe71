import type { ChannelModel } from 'amqplib';
import type { Log } from '../../../log.ts';
import { once } from 'node:events';
import { ConnectError, hangUp, keepTrying, untilClosed } from './connect.ts';
import { reasonOf } from './reply.ts';
import type { Disconnect } from '../../transport.ts';

/** A connection that is opened again whenever it is lost. */
export interface Link {
  close(): Promise<void>;
}

export interface LinkOptions {
  readonly name: string;
  readonly connect: (name: string) => Promise<ChannelModel>;
  /**
   * Begins to use a connection. When that fails, or the connection is closed, another one is
   * opened.
   */
  readonly serve: (connection: ChannelModel) => Promise<void>;
  readonly onConnected: (connected: boolean) => void;
  /** Called when a connection could not be opened, or was lost. */
  readonly onDisconnect: (disconnect: Disconnect) => void;
  readonly log: Log;
}

const STABLE_MS = 2_000;

/** Connects in the background. */
export function openLink(options: LinkOptions): Link {
  const { name, connect, serve, onConnected, onDisconnect, log } = options;
  const closing = new AbortController();
  const asked = once(closing.signal, 'abort');
  let serving: Promise<void> | undefined;

  async function useUntilClosed(connection: ChannelModel): Promise<void> {
    const closed = untilClosed(connection).then((error) => Promise.reject(error ?? CLOSED));
    onConnected(true);
    try {
      await Promise.race([serve(connection).then(() => closed), closed, asked]);
    } finally {
      onConnected(false);
      await hangUp(connection);
    }
  }

  async function connectOnce(): Promise<void> {
    const connection = await connect(name);
    if (closing.signal.aborted) return hangUp(connection);
    log.info(
      { connection: name, broker: connection.connection.serverProperties.version },
      'connected',
    );
    serving = useUntilClosed(connection);
    await serving;
  }

  async function useOne(): Promise<void> {
    try {
      await connectOnce();
    } catch (error) {
      if (closing.signal.aborted) return;
      const reason = reasonOf(error);
      if (error instanceof ConnectError) {
        log.warn({ connection: name, reason }, 'broker connection failed; connecting again');
        return onDisconnect({ reason, refused: error.refused });
      }
      log.warn({ connection: name, reason }, 'broker connection lost; connecting again');
      onDisconnect({ reason, refused: false });
    }
  }

  void keepTrying(useOne, { stableMs: STABLE_MS, stop: closing.signal });
  return {
    close: async () => {
      closing.abort();
      // A pending attempt to connect is not awaited: a mute broker would delay the end by its
      // time-out.
      await serving?.catch(() => undefined); // logged by the loop
    },
  };
}

const CLOSED = new Error('the connection was closed');
