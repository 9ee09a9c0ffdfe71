import { SECOND } from '../../units.ts';
import type { Log } from '../../log.ts';
import type { Consumer, ConsumerOptions } from './consumer.ts';
import { openLink } from './link.ts';
import { SPARE_BYTES } from './diskSpace.ts';
import type { Session } from './session.ts';
import { SendError, type InspectableTransport, type TransportState } from '../transport.ts';
import { queuesOf, type Topology } from '../queues.ts';

export interface SqliteOptions {
  /**
   * The database, which every process of the pipeline opens. Its `-wal`, `-shm` and `-bell` are
   * next to it.
   */
  readonly path: string;
  /**
   * The queues to declare. Commands that only send or inspect omit it.
   * @default nothing is declared
   */
  readonly topology?: Topology | undefined;
  /** Called when the transport opens and after each change. */
  readonly onState: (state: TransportState) => void;
  /**
   * How long a send waits for a locked or missing file, in milliseconds.
   * @default 30,000
   */
  readonly confirmTimeoutMs?: number;
  /**
   * The deliveries of a killed process are redelivered after this time, in milliseconds.
   * @default 15,000
   */
  readonly leaseMs?: number;
  /** @default nothing is logged */
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
 * @throws {OpenError} when the file cannot be opened, or belongs to another program
 */
export async function openSqlite(options: SqliteOptions): Promise<InspectableTransport> {
  const { path, topology, onState, log } = options;
  const { confirmTimeoutMs = 30 * SECOND, leaseMs = 15 * SECOND } = options;
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
