import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planOf } from '../../../tools/chaos/plan.ts';
import { LONG_RABBITMQ } from '../../../tools/chaos/scenarios.ts';

test('the same seed makes the same plan, and another seed another', () => {
  const plan = planOf({ seed: 7, ...LONG_RABBITMQ });
  assert.deepEqual(planOf({ seed: 7, ...LONG_RABBITMQ }), plan);
  assert.notDeepEqual(planOf({ seed: 8, ...LONG_RABBITMQ }), plan);
});

test('each fault happens as often as it should', () => {
  const { kills, disasters } = planOf({ seed: 7, ...LONG_RABBITMQ });
  assert.equal(kills.filter(({ fault }) => fault.startsWith('sidecar of ')).length, 20);
  assert.equal(kills.filter(({ fault }) => fault.startsWith('runtime of ')).length, 20);
  assert.equal(disasters.filter(({ fault }) => fault.startsWith('broker ')).length, 5);
});
