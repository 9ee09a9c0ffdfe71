import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { openSqlite, type SqliteOptions } from '../../../src/transport/sqlite/sqlite.ts';
import type { Topology } from '../../../src/transport/queues.ts';

/** The task of a process that uses a SQLite file until it is killed. */
export interface SqliteTask {
  readonly options: Omit<SqliteOptions, 'topology' | 'onState' | 'log'>;
  readonly topology: Topology;
  /**
   * - `hold`: keeps one delivery of the actor's queue and acks it when the process receives a
   *   message
   * - `move`: sends each delivery to happy-end and then acks it
   */
  readonly action: 'hold' | 'move';
  readonly prefetch: number;
}

const SELF = fileURLToPath(import.meta.url);

/**
 * Starts the process, which sends `open`. With `hold` it then sends `held` for the delivery, and
 * `{acked}` with the result of the ack.
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

async function run({ options, topology, action, prefetch }: SqliteTask): Promise<void> {
  const transport = await openSqlite({ ...options, topology, onState: () => {} });
  process.on('disconnect', () => process.exit()); // the test has ended
  process.send?.('open');
  await transport.receive(
    topology.actor,
    (delivery) => {
      if (action === 'move') {
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
