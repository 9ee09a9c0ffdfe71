import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuUsage } from 'node:process';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openSqlite } from '../src/transport/sqlite/sqlite.ts';
import type { Delivery } from '../src/transport/transport.ts';
import type { Topology } from '../src/transport/queues.ts';

/**
 * Compares the SQLite transport with a bare loop of the same statements and the same durability, in
 * hops per second (receive, send, ack). Also measures the processor time of an idle consumer, and
 * its latency.
 *
 *   node bench/sqlite.ts
 */
const ROUNDS = 5;
const ROUND_MS = 1_000;
const IDLE_MS = 5_000;
const WAKES = 50;
const BACKLOG = 200;
const BODY = Buffer.alloc(1_000, 'x');

const topology: Topology = {
  actor: 'prep',
  happyEnd: 'happy-end',
  errorEnd: 'error-end',
  retryDelaysMs: [],
};
const ignoreState = (): void => {};

for (const concurrency of [1, 16, 64]) {
  const ratios: number[] = [];
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // Alternating, so that the load of other processes affects both.
    const bare = await inDirectory((path) => runBare(path, concurrency));
    const rate = await inDirectory((path) => runTransport(path, concurrency));
    ratios.push(rate / bare);
    rates.push(rate);
  }
  const percent = (100 * median(ratios)).toFixed(0);
  console.log(
    `concurrency ${concurrency}: ${median(rates).toFixed(0)} hops/s, ${percent} % of the bare loop`,
  );
}
console.log(`idle: ${(100 * (await inDirectory(idleShare))).toFixed(3)} % of a core`);
const wakes = await inDirectory(wakesMs);
console.log(
  `idle: ${median(wakes).toFixed(1)} ms from another process's send to the delivery`,
  `(median of ${wakes.length}, at most ${Math.max(...wakes).toFixed(1)} ms)`,
);

/** Measures hops per second of the transport. It sends to the queue that it consumes. */
async function runTransport(path: string, concurrency: number): Promise<number> {
  const transport = await openSqlite({ path, topology, onState: ignoreState });
  const messages = Array.from({ length: BACKLOG }, () => ({
    body: BODY,
    headers: { 'asya-attempt': 1 },
  }));
  await Promise.all(messages.map((message) => transport.send('prep', message)));
  const failed = Promise.withResolvers<never>();
  let hops = 0;
  const hop = async (delivery: Delivery): Promise<void> => {
    await transport.send('prep', { body: delivery.body, headers: delivery.headers });
    await transport.ack(delivery);
    hops++;
  };
  const startedAtMs = performance.now();
  await transport.receive('prep', (delivery) => void hop(delivery).catch(failed.reject), {
    prefetch: concurrency,
  });
  await Promise.race([sleep(ROUND_MS), failed.promise]);
  const rate = hops / secondsSince(startedAtMs);
  await transport.close();
  return rate;
}

/** Measures hops per second of SQLite alone. Only sends wait for the disk. */
async function runBare(path: string, concurrency: number): Promise<number> {
  const db = new DatabaseSync(path);
  db.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE m (id INTEGER PRIMARY KEY, queue TEXT, due_at INTEGER, lease INTEGER, headers TEXT, body BLOB);
    CREATE INDEX due ON m (queue, due_at, id)`);
  const insert = db.prepare(`INSERT INTO m VALUES (NULL, 'prep', 1e12, 1, ?, ?)`);
  const due = db.prepare(
    `SELECT id, headers, body FROM m WHERE queue = 'prep' AND due_at <= ? ORDER BY due_at, id LIMIT ?`,
  );
  const lease = db.prepare('UPDATE m SET due_at = ?, lease = ? WHERE id = ?');
  const ack = db.prepare('DELETE FROM m WHERE id = ? AND lease = ?');
  const inTransaction = (synchronous: string, run: () => void): void => {
    db.exec(`PRAGMA synchronous = ${synchronous}; BEGIN IMMEDIATE`);
    run();
    db.exec('COMMIT');
  };
  const headers = '{"asya-attempt":1}';
  inTransaction('FULL', () => {
    for (let index = 0; index < BACKLOG; index++) insert.run(headers, BODY);
  });
  let leased: ReturnType<typeof due.all> = [];
  let token = 1;
  let hops = 0;
  const startedAtMs = performance.now();
  while (performance.now() - startedAtMs < ROUND_MS) {
    inTransaction('FULL', () => leased.forEach((row) => insert.run(headers, row['body'] ?? null)));
    inTransaction('NORMAL', () => {
      for (const row of leased) ack.run(row['id'] ?? null, token);
      const nowMs = Date.now();
      leased = due.all(nowMs, concurrency);
      token++;
      for (const row of leased) lease.run(nowMs + 15_000, token, row['id'] ?? null);
    });
    hops += leased.length;
  }
  const rate = hops / secondsSince(startedAtMs);
  db.close();
  return rate;
}

/** Measures the share of a core that an idle consumer uses. */
async function idleShare(path: string): Promise<number> {
  const transport = await openSqlite({ path, topology, onState: ignoreState });
  await transport.receive('prep', () => {}, { prefetch: 16 });
  await sleep(1_000);
  const before = cpuUsage();
  await sleep(IDLE_MS);
  const { user, system } = cpuUsage(before);
  await transport.close();
  return (user + system) / (IDLE_MS * 1_000);
}

/** Measures the milliseconds from `send` in another process to the delivery, on an idle queue. */
async function wakesMs(path: string): Promise<number[]> {
  const transport = await openSqlite({ path, topology, onState: ignoreState });
  const wakes: number[] = [];
  const all = Promise.withResolvers<void>();
  const onDelivery = async (delivery: Delivery): Promise<void> => {
    wakes.push(Number(process.hrtime.bigint() - BigInt(delivery.body.toString())) / 1e6);
    await transport.ack(delivery);
    if (wakes.length === WAKES) all.resolve();
  };
  await transport.receive('prep', (delivery) => void onDelivery(delivery).catch(all.reject), {
    prefetch: 1,
  });
  const sender = fork(fileURLToPath(new URL('./sqliteSender.ts', import.meta.url)), [
    path,
    'prep',
    String(WAKES),
  ]);
  await Promise.all([all.promise, once(sender, 'exit')]);
  await transport.close();
  return wakes;
}

async function inDirectory<T>(run: (path: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'asya-bench-'));
  try {
    return await run(join(directory, 'queues.db'));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function secondsSince(startedAtMs: number): number {
  return (performance.now() - startedAtMs) / 1_000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
