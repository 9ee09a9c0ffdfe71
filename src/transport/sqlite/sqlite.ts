import type { Log } from '../../log.ts';
import type { Consumer, ConsumerOptions } from './consumer.ts';
import { openLink } from './link.ts';
import { SPARE_BYTES } from './diskSpace.ts';
import type { Session } from './session.ts';
import {
  queuesOf,
  SendError,
  type CountingTransport,
  type Topology,
  type TransportState,
} from '../transport.ts';

export interface SqliteOptions {
  /**
   * The database, which every process of the pipeline opens. Its `-wal`, `-shm` and `-bell` are
   * next to it.
   */
  readonly path: string;
  /** How long a send waits for a locked file, or for one that can be used. */
  readonly confirmTimeoutMs?: number;
  /** How long after the death of a process its deliveries come again, at most. */
  readonly leaseMs?: number;
  readonly log?: Log;
}

/**
 * Opens a transport on a file: durable, for several processes on one host, without a server.
 *
 * A message is on the disk before its send is confirmed (`synchronous` FULL), so that a power cut
 * keeps what a producer was promised. Leases and acknowledgements do not wait for the disk: undone,
 * they are delivered again.
 *
 * When the file is deleted or replaced, the deliveries in hand are gone and the pending sends fail
 * as lost. The transport then works with the file that is at the path.
 * @param topology what to declare; undefined for commands that only send or look
 * @throws {OpenError} when the file cannot be opened, or belongs to another program
 */
export async function openSqlite(
  { path, confirmTimeoutMs = 30_000, leaseMs = 15_000, log }: SqliteOptions,
  topology: Topology | undefined,
  onState: (state: TransportState) => void,
): Promise<CountingTransport> {
  const subscriptions = new Set<(session: Session) => void>();
  let isClosed = false;
  const link = await openLink({
    path,
    confirmTimeoutMs,
    leaseMs,
    spareBytes: topology === undefined ? SPARE_BYTES.producer : SPARE_BYTES.actor,
    queues: topology === undefined ? [] : queuesOf(topology),
    serve: (session) => subscriptions.forEach((consume) => consume(session)),
    onState,
    log,
  });

  return {
    async receive(queue, onDelivery, { prefetch, signal }) {
      signal?.throwIfAborted();
      const wanted: Wanted = { queue, prefetch, onDelivery };
      let consumer: Consumer | undefined;
      const consume = (session: Session): void => void (consumer = session.consume(wanted));
      subscriptions.add(consume);
      const session = link.current();
      if (session !== undefined) consume(session);
      return {
        async cancel() {
          subscriptions.delete(consume);
          await consumer?.stop();
        },
      };
    },

    async send(queue, message, { delayMs = 0 } = {}) {
      if (isClosed) throw new SendError('lost', 'the transport is closed', { notWritten: true });
      const session = await link.session();
      await session.send(queue, message, delayMs);
    },

    ack: async (delivery) => (await link.current()?.ack(delivery)) ?? false,
    nack: async (delivery) => (await link.current()?.nack(delivery)) ?? false,
    depth: async (queue) => link.current()?.depth(queue),
    inspect: async (queue) => link.current()?.inspect(queue),
    browse: async (queue, limit) => (await link.session()).browse(queue, limit),

    async close() {
      if (isClosed) return;
      isClosed = true;
      subscriptions.clear();
      await link.close();
    },
  };
}

type Wanted = Pick<ConsumerOptions, 'queue' | 'prefetch' | 'onDelivery'>;
