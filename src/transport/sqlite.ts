import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import { openBell } from './sqlite/bell.ts';
import { createConsumer, type Consumer } from './sqlite/consumer.ts';
import { createLeases, type Held } from './sqlite/leases.ts';
import { leaveRoom, SPARE_BYTES } from './sqlite/room.ts';
import { isBusy, openStore, type Leased, type Store } from './sqlite/store.ts';
import { createWriter } from './sqlite/writer.ts';
import {
  queuesOf,
  SendError,
  type CountingTransport,
  type Delivery,
  type Topology,
  type TransportState,
  OpenError,
} from './transport.ts';

export interface SqliteOptions {
  /** The database, which every process of the pipeline opens. Beside it stand `-wal`, `-shm` and `-bell`. */
  readonly path: string;
  /** How long a send waits for a locked file. */
  readonly confirmTimeoutMs?: number;
  /** How long after the death of a process its deliveries come again, at most. */
  readonly leaseMs?: number;
}

/**
 * Opens a transport on a file: durable, for several processes on one host, without a server.
 *
 * What is sent is on the disk before it is confirmed (`synchronous` FULL), as a power cut must not undo what a
 * producer was told is safe. Leases and acknowledgements do not wait for the disk: undone, they are delivered again.
 * @param topology what to declare; undefined for commands that only send or look
 * @throws when the file cannot be opened
 */
export async function openSqlite(
  { path, confirmTimeoutMs = 30_000, leaseMs = 15_000 }: SqliteOptions,
  topology: Topology | undefined,
  onState: (state: TransportState) => void,
): Promise<CountingTransport> {
  const store = leaveRoom(await openWhenFree(path, confirmTimeoutMs), {
    path,
    spareBytes: topology === undefined ? SPARE_BYTES.producer : SPARE_BYTES.actor,
  });
  const report = (blocked: boolean): void => onState({ connected: true, blocked, missing: [] });
  const writer = createWriter({ store, confirmTimeoutMs, onBlocked: report });
  const leases = createLeases({ store, writer, leaseMs });
  const consumers = new Set<Consumer>();
  const bell = openBell(`${path}-bell`, () => consumers.forEach((consumer) => consumer.look()));
  let isClosed = false;

  async function settle(delivery: Delivery, work: (leased: Leased) => boolean): Promise<boolean> {
    const held = leases.release(delivery);
    if (held === undefined) return false;
    const settled = writer.settle(() => work(held.row));
    held.free();
    // It fails only when this transport is closed before: then the lease runs out by itself.
    const isSettled = await settled.catch(() => false);
    if (!isSettled) held.lose();
    return isSettled;
  }

  async function close(): Promise<void> {
    const stopped = [...consumers].map((consumer) => consumer.stop());
    // What was just taken still reaches its consumer, and goes back with the rest.
    await nextTurn();
    await giveBack(leases.close());
    await Promise.all(stopped);
    bell.close();
    store.close();
  }

  async function giveBack(inHand: readonly Held[]): Promise<void> {
    const returned = inHand.map(({ row }) => writer.settle(() => store.nack(row)));
    await Promise.all([writer.close(), Promise.allSettled(returned)]);
    if (inHand.length > 0) bell.ring();
    await nextTurn();
  }

  if (topology !== undefined) {
    const queues = queuesOf(topology);
    await writer.send(() => queues.forEach((queue) => store.declare(queue)));
  }
  report(false);

  return {
    async receive(queue, onDelivery, { prefetch }) {
      const consumer = createConsumer({ queue, prefetch, store, writer, leases, onDelivery });
      consumers.add(consumer);
      consumer.look();
      return {
        async cancel() {
          consumers.delete(consumer);
          await consumer.stop();
        },
      };
    },

    async send(queue, message, { delayMs = 0 } = {}) {
      if (isClosed) throw new SendError('lost', 'the transport is closed');
      const dueAtMs = delayMs > 0 ? Date.now() + delayMs : undefined;
      const isStored = await writer.send(() => store.insert(queue, message, dueAtMs));
      if (!isStored) throw new SendError('unroutable', `nobody has declared a queue "${queue}"`);
      bell.ring();
    },

    ack: (delivery) => settle(delivery, (leased) => store.ack(leased)),

    async nack(delivery) {
      const isReturned = await settle(delivery, (leased) => store.nack(leased));
      bell.ring();
      return isReturned;
    },

    async depth(queue) {
      return isClosed ? undefined : store.countDue(queue, Date.now());
    },

    async close() {
      if (isClosed) return;
      isClosed = true;
      await close();
    },
  };
}

const MAX_WAIT_MS = 20;

/**
 * Another process may be busy making or recovering the file.
 * @throws {OpenError}
 */
async function openWhenFree(path: string, timeoutMs: number): Promise<Store> {
  const startedAtMs = performance.now();
  for (;;) {
    try {
      return openStore(path);
    } catch (error) {
      const isLate = performance.now() - startedAtMs > timeoutMs;
      if (!isBusy(error) || isLate) {
        throw new OpenError(`ASYA_SQLITE_PATH: cannot open "${path}": ${messageOf(error)}`, { cause: error });
      }
      await sleep(Math.random() * MAX_WAIT_MS);
    }
  }
}
