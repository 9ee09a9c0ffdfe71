import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { openSqlite, type SqliteOptions } from '../../../src/transport/sqlite/sqlite.ts';
import type { Topology } from '../../../src/transport/queues.ts';

/** What another process does with a file until it is killed. */
export interface SqliteTask {
  readonly options: Omit<SqliteOptions, 'topology' | 'onState' | 'log'>;
  readonly topology: Topology;
  /**
   * - `hold`: keeps one delivery of the actor's queue, and acks it when it is told to by any
   *   message
   * - `move`: sends each delivery on to the happy end, confirmed, then acks it
   */
  readonly does: 'hold' | 'move';
  readonly prefetch: number;
}

const SELF = fileURLToPath(import.meta.url);

/**
 * Starts it; the process sends `open`, and for `hold` then `held` and whether the ack was accepted.
 */
export async function startSqliteProcess(task: SqliteTask): Promise<ChildProcess> {
  const child = fork(SELF, [JSON.stringify(task)]);
  await once(child, 'message');
  return child;
}

export async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function run({ options, topology, does, prefetch }: SqliteTask): Promise<void> {
  const transport = await openSqlite({ ...options, topology, onState: () => {} });
  process.on('disconnect', () => process.exit()); // the test is over, or was stopped
  process.send?.('open');
  await transport.receive(
    topology.actor,
    (delivery) => {
      if (does === 'move') {
        const { body, headers } = delivery;
        void transport
          .send(topology.happyEnd, { body, headers })
          .then(() => transport.ack(delivery));
        return;
      }
      process.on(
        'message',
        () => void transport.ack(delivery).then((acked) => process.send?.({ acked })),
      );
      process.send?.('held');
    },
    { prefetch },
  );
}

if (process.argv[1] === SELF) await run(JSON.parse(process.argv[2] ?? '') as SqliteTask);
