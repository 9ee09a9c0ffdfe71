import { setTimeout as sleep } from 'node:timers/promises';
import { openSqlite } from '../src/transport/sqlite/sqlite.ts';

/**
 * Another process on the same file. Sends so many messages, each after a rest in which everybody
 * has fallen asleep; a body tells when its send was called, on the clock of the machine, in
 * nanoseconds:
 *
 *   node bench/sqliteSender.ts PATH QUEUE COUNT
 */
const [path = '', queue = '', count] = process.argv.slice(2);
const REST_MS = { least: 50, most: 350 };

const transport = await openSqlite({ path, onState: () => {} });
for (let sent = 0; sent < Number(count); sent++) {
  await sleep(REST_MS.least + Math.random() * (REST_MS.most - REST_MS.least));
  await transport.send(queue, { body: Buffer.from(String(process.hrtime.bigint())), headers: {} });
}
await transport.close();
