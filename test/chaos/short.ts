import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { formatAccount } from '../../src/ledger/report.ts';
import { isGood, runChaos } from './chaos.ts';
import { planOf } from './plan.ts';
import type { Scenario } from './scenarios.ts';
import type { World } from './world.ts';

/** Runs a scenario once, by a seed that is told, and fails unless every envelope is accounted for. */
export async function runShort(
  t: TestContext,
  world: World,
  scenario: Scenario,
  envelopes: number,
): Promise<void> {
  const seed = Number(process.env['ASYA_CHAOS_SEED'] ?? Date.now() % 1_000_000);
  const startedAtMs = performance.now();
  const say = (text: string): void =>
    t.diagnostic(`${((performance.now() - startedAtMs) / 1000).toFixed(1).padStart(6)} s  ${text}`);
  say(`seed ${seed}; ASYA_CHAOS_SEED=${seed} makes the same faults again`);
  const plan = planOf({ seed, ...scenario });
  const verdict = await runChaos({ seed, envelopes, plan, world, say, patienceMs: 60_000 });
  const { account, blamed, queues, exitCodes } = verdict;
  const table = formatAccount(account);
  const failure = `seed ${seed}\n${table}${blamed.join('\n')}\n${queues}\n${JSON.stringify([...exitCodes])}`;
  assert.ok(isGood(verdict), failure);
  for (const line of table.split('\n')) t.diagnostic(line);
}
