import type { ChannelModel } from 'amqplib';
import type { Log } from '../../log.ts';
import { once } from 'node:events';
import { hangUp, keepTrying, untilClosed } from './connecting.ts';

/** A connection that is made again whenever it is lost. */
export interface Link {
  close(): Promise<void>;
}

export interface LinkOptions {
  readonly name: string;
  readonly connect: (name: string) => Promise<ChannelModel>;
  /** Begins to use a connection. When that fails, or the connection is closed by whomever, another one is made. */
  readonly serve: (connection: ChannelModel) => Promise<void>;
  readonly onConnected: (connected: boolean) => void;
  readonly log: Log;
}

const STABLE_MS = 2_000;

/** Connects in the background. */
export function openLink({ name, connect, serve, onConnected, log }: LinkOptions): Link {
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
    log.info({ connection: name, broker: connection.connection.serverProperties.version }, 'connected');
    serving = useUntilClosed(connection);
    await serving;
  }

  async function useOne(): Promise<void> {
    try {
      await connectOnce();
    } catch (error) {
      if (closing.signal.aborted) return;
      log.warn({ err: error, connection: name }, 'not connected to the broker; connecting again');
    }
  }

  void keepTrying(useOne, { stableMs: STABLE_MS, stop: closing.signal });
  return {
    close: async () => {
      closing.abort();
      // A connect that is on its way is not waited for: a mute broker takes its time.
      await serving?.catch(() => undefined); // the loop has said so
    },
  };
}

const CLOSED = new Error('the connection was closed');
