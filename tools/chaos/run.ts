import { parseArgs } from 'node:util';
import { formatReconciliation } from '../../src/cli/ledger/report.ts';
import { isGood, runChaos } from './chaos.ts';
import { closeWhenInterrupted } from './interrupt.ts';
import type { Stop } from './processes.ts';
import { openRabbitmqWorld } from './rabbitmqWorld.ts';
import {
  LONG_RABBITMQ,
  LONG_SHUTDOWNS,
  LONG_SQLITE,
  SHORT_RABBITMQ,
  SHORT_SHUTDOWNS,
  SHORT_SQLITE,
  type Scenario,
} from './scenarios.ts';
import { openSqliteWorld } from './sqliteWorld.ts';

/**
 * Ill-treats a pipeline for some minutes, and tells what became of every envelope:
 *
 *   npm run chaos                            RabbitMQ, as the machine has it
 *   npm run chaos -- --rabbitmq4             RabbitMQ 4
 *   npm run chaos -- --sqlite                a SQLite file
 *   npm run chaos -- --shutdown              fifty times SIGTERM under load, and no other fault
 *   npm run chaos -- --seed 7                the same faults in the same order again
 *   npm run chaos -- --envelopes 2000        another number
 *   npm run chaos -- --short                 under a minute, as in the tests: few faults, 500 envelopes
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    envelopes: { type: 'string' },
    shutdown: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
    rabbitmq4: { type: 'boolean', default: false },
    sqlite: { type: 'boolean', default: false },
  },
});
const scenario = scenarioOf(values);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const startedAtMs = performance.now();
const say = (text: string): void => {
  console.log(`${((performance.now() - startedAtMs) / 1000).toFixed(1).padStart(7)} s  ${text}`);
};

say(`seed ${seed}`);
const world = await (values.sqlite
  ? openSqliteWorld()
  : openRabbitmqWorld(values.rabbitmq4 ? '4' : 'default'));
closeWhenInterrupted(world);
try {
  const verdict = await runChaos({
    seed,
    scenario: { ...scenario, envelopes: Number(values.envelopes ?? scenario.envelopes) },
    world,
    say,
    patienceMs: 240_000,
  });
  say(`over; seed ${seed}\n\n${formatReconciliation(verdict.account)}`);
  for (const error of verdict.blamed.slice(0, 20)) console.log(`not asked for: ${error}`);
  if (verdict.queues !== '') console.log(`\n${verdict.queues}`);
  console.log(`exit codes: ${JSON.stringify(Object.fromEntries(verdict.exitCodes))}`);
  if (verdict.stops.length > 0) console.log(describeStops(verdict.stops));
  process.exitCode = isGood(verdict) ? 0 : 1;
} finally {
  await world.close();
}

interface Kind {
  readonly short: boolean;
  readonly sqlite: boolean;
  readonly shutdown: boolean;
}

function scenarioOf({ short, sqlite, shutdown }: Kind): Scenario {
  if (shutdown) return short ? SHORT_SHUTDOWNS : LONG_SHUTDOWNS;
  if (sqlite) return short ? SHORT_SQLITE : LONG_SQLITE;
  return short ? SHORT_RABBITMQ : LONG_RABBITMQ;
}

function describeStops(stops: readonly Stop[]): string {
  const times = stops.map(({ tookMs }) => Math.round(tookMs)).toSorted((a, b) => a - b);
  const clean = stops.filter(({ code }) => code === 0).length;
  return `told to stop: ${stops.length}, ended with 0: ${clean}, median ${times[times.length >> 1]} ms, longest ${times.at(-1)} ms`;
}
