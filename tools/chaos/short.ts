import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { formatReconciliation } from '../../src/cli/ledger/report.ts';
import { isGood, runChaos, type Verdict } from './chaos.ts';
import type { Scenario } from './scenarios.ts';
import { FLUSH_MS, SHUTDOWN_MS } from './scene.ts';
import type { World } from './world.ts';

/**
 * Runs a scenario once, by a seed that is told, and fails unless every envelope is accounted for.
 */
export async function runShort(t: TestContext, world: World, scenario: Scenario): Promise<Verdict> {
  const seed = Number(process.env['ASYA_CHAOS_SEED'] ?? Date.now() % 1_000_000);
  const startedAtMs = performance.now();
  const say = (text: string): void =>
    t.diagnostic(`${((performance.now() - startedAtMs) / 1000).toFixed(1).padStart(6)} s  ${text}`);
  say(`seed ${seed}; ASYA_CHAOS_SEED=${seed} makes the same faults again`);
  const verdict = await runChaos({ seed, scenario, world, say, patienceMs: 60_000 });
  const { account, blamed, queues, exitCodes, stops } = verdict;
  const table = formatReconciliation(account);
  const failure = `seed ${seed}\n${table}${blamed.join('\n')}\n${queues}\n${JSON.stringify([[...exitCodes], stops])}`;
  assert.ok(isGood(verdict), failure);
  for (const line of table.split('\n')) t.diagnostic(line);
  return verdict;
}

/**
 * The same where sidecars are only told to stop: all end in time, and nothing is delivered twice.
 */
export async function runShutdowns(
  t: TestContext,
  world: World,
  scenario: Scenario,
): Promise<void> {
  const { account, stops } = await runShort(t, world, scenario);
  assert.equal(
    stops.length,
    Object.values(scenario.kills).reduce((sum, times) => sum + times, 0),
  );
  for (const { fault, tookMs } of stops)
    assert.ok(tookMs < SHUTDOWN_MS + FLUSH_MS, `${fault}: ${tookMs} ms`);
  assert.deepEqual([...account.explained], []);
}
