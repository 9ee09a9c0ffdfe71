import { parseArgs } from 'node:util';
import { formatAccount } from '../../src/ledger/report.ts';
import { isGood, runChaos } from './chaos.ts';
import { planOf } from './plan.ts';
import { openRabbitmqWorld } from './rabbitmqWorld.ts';
import { LONG_RABBITMQ, LONG_SQLITE } from './scenarios.ts';
import { openSqliteWorld } from './sqliteWorld.ts';

/**
 * Ill-treats a pipeline for some minutes, and tells what became of every envelope:
 *
 *   npm run chaos                            RabbitMQ, as the machine has it
 *   npm run chaos -- --rabbitmq4             RabbitMQ 4
 *   npm run chaos -- --sqlite                a SQLite file
 *   npm run chaos -- --seed 7                the same faults in the same order again
 *   npm run chaos -- --envelopes 2000        another number
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    envelopes: { type: 'string', default: '20000' },
    rabbitmq4: { type: 'boolean', default: false },
    sqlite: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const startedAtMs = performance.now();
const say = (text: string): void => {
  console.log(`${((performance.now() - startedAtMs) / 1000).toFixed(1).padStart(7)} s  ${text}`);
};

say(`seed ${seed}`);
const world = await (values.sqlite
  ? openSqliteWorld()
  : openRabbitmqWorld(values.rabbitmq4 ? '4' : 'default'));
try {
  const envelopes = Number(values.envelopes);
  const verdict = await runChaos({
    seed,
    envelopes,
    plan: planOf({ seed, ...(values.sqlite ? LONG_SQLITE : LONG_RABBITMQ) }),
    world,
    say,
    patienceMs: 240_000,
  });
  say(`over; seed ${seed}\n\n${formatAccount(verdict.account)}`);
  for (const error of verdict.blamed.slice(0, 20)) console.log(`not asked for: ${error}`);
  if (verdict.queues !== '') console.log(`\n${verdict.queues}`);
  console.log(`exit codes: ${JSON.stringify(Object.fromEntries(verdict.exitCodes))}`);
  process.exitCode = isGood(verdict) ? 0 : 1;
} finally {
  await world.close();
}
