import { statSync } from 'node:fs';
import { messageOf } from '../../faults.ts';
import type { Log } from '../../log.ts';
import { SECOND } from '../../units.ts';
import { queuesOf, type Topology } from '../queues.ts';
import { OpenError, SendError, type TransportState } from '../transport.ts';
import { type InspectableTransport } from '../inspection/inspectableTransport.ts';
import { LookError } from '../inspection/queueReader.ts';
import { RESERVED_BYTES } from './diskSpace.ts';
import { ReopeningSession } from './reopeningSession.ts';
import type { Session } from './session.ts';
import { Subscriptions } from './subscriptions.ts';

export interface SqliteOptions {
  /**
   * The path of the database, which all processes of a pipeline open. Its companion files have the
   * suffixes `-wal`, `-shm` and `-bell`.
   */
  readonly path: string;
  /**
   * The queues to declare. Commands that only send or inspect omit it.
   * @default nothing is declared, and a missing database is not created
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
 * Opens a transport on a SQLite database: durable queues for several processes on one host, without
 * a server.
 *
 * A send resolves when the message is on the disk (`synchronous = FULL`), so that a confirmed
 * message survives a power failure. Leases and acks do not wait for the disk; a power failure may
 * undo them, and the messages are redelivered.
 *
 * When the file is deleted or replaced, unsettled deliveries are gone and pending sends fail as
 * `lost`. The transport then opens the file at the path.
 * @throws {OpenError} when the file cannot be opened or belongs to another program, or when it is
 * missing and there are no queues to declare
 */
export async function openSqlite(options: SqliteOptions): Promise<InspectableTransport> {
  const { path, topology, onState, log } = options;
  const { confirmTimeoutMs = 30 * SECOND, leaseMs = 15 * SECOND } = options;
  if (topology === undefined) requireDatabase(path);
  const subscriptions = new Subscriptions();
  let isClosed = false;
  const settings = { path, confirmTimeoutMs, leaseMs, onState, log };
  const sessions = await ReopeningSession.open({
    ...settings,
    reservedBytes: topology === undefined ? RESERVED_BYTES.producer : RESERVED_BYTES.actor,
    queues: topology === undefined ? [] : queuesOf(topology),
    onReopened: (session) => subscriptions.continueIn(session),
  });

  return {
    async receive(queue, onDelivery, { prefetch, signal }) {
      signal?.throwIfAborted();
      return subscriptions.add({ queue, prefetch, onDelivery }, sessions.current);
    },

    async send(queue, message, { delayMs = 0 } = {}) {
      if (isClosed) throw new SendError('lost', 'transport closed', { notWritten: true });
      const session = await sessions.whenOpen();
      await session.send(queue, message, delayMs);
    },

    ack: async (delivery) => (await sessions.current?.ack(delivery)) ?? false,
    nack: async (delivery) => (await sessions.current?.nack(delivery)) ?? false,
    depth: async (queue) => sessions.current?.depth(queue),
    inspect: async (queue) => sessions.current?.inspect(queue),
    countWaiting: async () =>
      topology === undefined ? {} : (sessions.current?.countWaiting(topology) ?? {}),
    sendCopy: (queue, copy) => sessions.current?.replyQueues.send(queue, copy),
    async openReplyQueue(queue, options) {
      try {
        return await (await sessions.whenOpen()).replyQueues.open(queue, options);
      } catch (error) {
        throw new OpenError(messageOf(error), { cause: error });
      }
    },
    look: async (queue, onMessage, lookOptions) =>
      sessionForLook(sessions).look(queue, onMessage, lookOptions),
    take: async (queue, onMessage, takeOptions) =>
      sessionForLook(sessions).take(queue, onMessage, takeOptions),
    argumentProblem: async () => undefined,

    async close() {
      if (isClosed) return;
      isClosed = true;
      subscriptions.clear();
      await sessions.close();
    },
  };
}

/** @throws {OpenError} when the file is missing, or its directory may not be read */
function requireDatabase(path: string): void {
  try {
    if (statSync(path, { throwIfNoEntry: false }) !== undefined) return;
  } catch (cause) {
    const message = `ASYA_SQLITE_PATH: cannot open "${path}": ${messageOf(cause)}`;
    throw new OpenError(message, { cause });
  }
  throw new OpenError(`ASYA_SQLITE_PATH: no database at "${path}"; the first sidecar creates it`);
}

function sessionForLook({ current }: ReopeningSession): Session {
  if (current === undefined) throw new LookError('lost', 'sqlite file deleted or replaced');
  return current;
}
