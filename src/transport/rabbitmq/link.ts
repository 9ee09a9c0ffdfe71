import type { ChannelModel } from 'amqplib';
import type { Log } from '../../log.ts';
import { backOff, hangUp, untilClosed } from './connecting.ts';

/** A connection that is made again whenever it is lost. */
export interface Link {
  close(): Promise<void>;
}

export interface LinkOptions {
  readonly name: string;
  readonly connect: (name: string) => Promise<ChannelModel>;
  /**
   * Uses a connection. When it ends or fails before the connection does, the connection is closed, and another
   * one is made.
   */
  readonly serve: (connection: ChannelModel) => Promise<void>;
  readonly onConnected: (connected: boolean) => void;
  readonly log: Log;
}

// A connection that is lost sooner does not count as a success: it would be made again without a pause.
const STABLE_MS = 10_000;

/** Connects in the background. */
export function openLink({ name, connect, serve, onConnected, log }: LinkOptions): Link {
  const closing = new AbortController();
  let connection: ChannelModel | undefined;

  async function connectAndServe(): Promise<void> {
    const connected = await connect(name);
    const closed = untilClosed(connected);
    connection = connected;
    if (closing.signal.aborted) return hangUp(connected);
    log.info({ connection: name, broker: connected.connection.serverProperties.version }, 'connected');
    onConnected(true);
    try {
      await Promise.race([serve(connected), closed.then((error) => Promise.reject(error ?? CLOSED))]);
    } finally {
      onConnected(false);
      await hangUp(connected);
    }
  }

  async function keepConnected(): Promise<void> {
    for (let failures = 0; !closing.signal.aborted; failures++) {
      const startedAtMs = performance.now();
      try {
        await connectAndServe();
      } catch (error) {
        if (closing.signal.aborted) return;
        log.warn({ err: error, connection: name }, 'not connected to the broker; connecting again');
      }
      if (performance.now() - startedAtMs > STABLE_MS) failures = 0;
      await backOff(failures, closing.signal).catch(() => undefined); // closed while waiting
    }
  }

  void keepConnected();
  return {
    close: async () => {
      closing.abort();
      if (connection !== undefined) await hangUp(connection);
    },
  };
}

const CLOSED = new Error('the broker closed the connection');
