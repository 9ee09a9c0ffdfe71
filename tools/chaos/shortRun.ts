import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { formatReconciliation } from '../../src/cli/ledger/report.ts';
import { MINUTE, SECOND } from '../../src/units.ts';
import { isSuccess, runChaos, type ChaosResult } from './chaos.ts';
import type { FaultyBroker } from './faultyBroker.ts';
import type { Scenario } from './scenarios.ts';
import { FLUSH_MS, SHUTDOWN_MS } from './testbed.ts';

/**
 * Runs a scenario once and asserts that each envelope has reached an end. `ASYA_CHAOS_SEED` sets
 * the seed.
 */
export async function testScenario(
  t: TestContext,
  broker: FaultyBroker,
  scenario: Scenario,
): Promise<ChaosResult> {
  const seed = Number(process.env['ASYA_CHAOS_SEED'] ?? Date.now() % 1_000_000);
  const startedAtMs = performance.now();
  const log = (text: string): void => {
    const seconds = (performance.now() - startedAtMs) / SECOND;
    t.diagnostic(`${seconds.toFixed(1).padStart(6)} s  ${text}`);
  };
  log(`seed ${seed}; ASYA_CHAOS_SEED=${seed} injects the same faults`);
  const result = await runChaos({ seed, scenario, broker, log, stallTimeoutMs: MINUTE });
  const { reconciliation, unexpectedErrors, examination, queues, exitCodes, stops } = result;
  const violations = [...unexpectedErrors, ...examination.violations].join('\n');
  const table = formatReconciliation(reconciliation);
  const exits = JSON.stringify([[...exitCodes], stops]);
  const failure = `seed ${seed}\n${table}${violations}\n${queues}\n${exits}`;
  assert.ok(isSuccess(result), failure);
  for (const line of table.split('\n')) t.diagnostic(line);
  return result;
}

/**
 * Runs a scenario in which sidecars are only stopped, and asserts that all exit in time and that no
 * envelope arrives twice.
 */
export async function testShutdowns(
  t: TestContext,
  broker: FaultyBroker,
  scenario: Scenario,
): Promise<void> {
  const { reconciliation, stops } = await testScenario(t, broker, scenario);
  const expectedStops = Object.values(scenario.processFaults).reduce(
    (sum, count) => sum + count,
    0,
  );
  assert.equal(stops.length, expectedStops);
  for (const { fault, durationMs } of stops)
    assert.ok(durationMs < SHUTDOWN_MS + FLUSH_MS, `${fault}: ${durationMs} ms`);
  assert.deepEqual([...reconciliation.explained], []);
}
