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
 * What the SQLite transport costs beside SQLite itself: hops a second (take, send on, acknowledge)
 * against a bare loop of the same statements with the same durability; what an idle consumer burns,
 * and how soon it wakes.
 *
 *   npx node bench/sqlite.ts
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
const report = (): void => {}; // nobody asks for states here

for (const concurrency of [1, 16, 64]) {
  const ratios: number[] = [];
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // In turn, so that what else the machine does weighs on both.
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

/**
 * Hops a second of the transport. What is sent on goes to the same queue, so that it never runs
 * dry.
 */
async function runTransport(path: string, concurrency: number): Promise<number> {
  const transport = await openSqlite({ path, topology, onState: report });
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

/**
 * Hops a second of SQLite alone: what is sent waits for the disk, what is taken and acknowledged
 * does not.
 */
async function runBare(path: string, concurrency: number): Promise<number> {
  const db = new DatabaseSync(path);
  db.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE m (id INTEGER PRIMARY KEY, queue TEXT, due_at INTEGER, lease INTEGER, headers TEXT, body BLOB);
    CREATE INDEX due ON m (queue, due_at, id)`);
  const insert = db.prepare(`INSERT INTO m VALUES (NULL, 'prep', 1e12, 1, ?, ?)`);
  const due = db.prepare(
    `SELECT id, headers, body FROM m WHERE queue = 'prep' AND due_at <= ? ORDER BY due_at, id LIMIT ?`,
  );
  const take = db.prepare('UPDATE m SET due_at = ?, lease = ? WHERE id = ?');
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
  let inHand: ReturnType<typeof due.all> = [];
  let token = 1;
  let hops = 0;
  const startedAtMs = performance.now();
  while (performance.now() - startedAtMs < ROUND_MS) {
    inTransaction('FULL', () => inHand.forEach((row) => insert.run(headers, row['body'] ?? null)));
    inTransaction('NORMAL', () => {
      for (const row of inHand) ack.run(row['id'] ?? null, token);
      const nowMs = Date.now();
      inHand = due.all(nowMs, concurrency);
      token++;
      for (const row of inHand) take.run(nowMs + 15_000, token, row['id'] ?? null);
    });
    hops += inHand.length;
  }
  const rate = hops / secondsSince(startedAtMs);
  db.close();
  return rate;
}

/** The share of a core that a consumer uses which gets nothing. */
async function idleShare(path: string): Promise<number> {
  const transport = await openSqlite({ path, topology, onState: report });
  await transport.receive('prep', () => {}, { prefetch: 16 });
  await sleep(1_000);
  const before = cpuUsage();
  await sleep(IDLE_MS);
  const { user, system } = cpuUsage(before);
  await transport.close();
  return (user + system) / (IDLE_MS * 1_000);
}

/**
 * Milliseconds from the call of a send in another process to the delivery here, where nothing else
 * comes.
 */
async function wakesMs(path: string): Promise<number[]> {
  const transport = await openSqlite({ path, topology, onState: report });
  const wakes: number[] = [];
  const all = Promise.withResolvers<void>();
  const take = async (delivery: Delivery): Promise<void> => {
    wakes.push(Number(process.hrtime.bigint() - BigInt(delivery.body.toString())) / 1e6);
    await transport.ack(delivery);
    if (wakes.length === WAKES) all.resolve();
  };
  await transport.receive('prep', (delivery) => void take(delivery).catch(all.reject), {
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
