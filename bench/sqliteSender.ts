import { setTimeout as sleep } from 'node:timers/promises';
import { openSqlite } from '../src/transport/sqlite/sqlite.ts';

/**
 * A sending process for bench/sqlite.ts. It sends COUNT messages, each after a pause in which the
 * consumer becomes idle. A body is the time of the call of `send`, in nanoseconds of the machine's
 * monotonic clock:
 *
 *   node bench/sqliteSender.ts PATH QUEUE COUNT
 */
const [path = '', queue = '', count] = process.argv.slice(2);
const PAUSE_MS = { least: 50, most: 350 };

const transport = await openSqlite({ path, onState: () => {} });
for (let sent = 0; sent < Number(count); sent++) {
  await sleep(PAUSE_MS.least + Math.random() * (PAUSE_MS.most - PAUSE_MS.least));
  await transport.send(queue, { body: Buffer.from(String(process.hrtime.bigint())), headers: {} });
}
await transport.close();
