import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planFaults } from '../../../tools/chaos/faultPlan.ts';
import { LONG_RABBITMQ } from '../../../tools/chaos/scenarios.ts';

test('a plan is the same for the same seed and different for another seed', () => {
  const plan = planFaults({ seed: 7, ...LONG_RABBITMQ });
  assert.deepEqual(planFaults({ seed: 7, ...LONG_RABBITMQ }), plan);
  assert.notDeepEqual(planFaults({ seed: 8, ...LONG_RABBITMQ }), plan);
});

test('a plan contains each fault as often as the scenario requires', () => {
  const { processFaults, brokerFaults } = planFaults({ seed: 7, ...LONG_RABBITMQ });
  assert.equal(
    processFaults.filter(({ fault }) => fault.startsWith('kill sidecar of ')).length,
    20,
  );
  assert.equal(
    processFaults.filter(({ fault }) => fault.startsWith('kill runtime of ')).length,
    20,
  );
  assert.equal(brokerFaults.filter(({ fault }) => fault.startsWith('broker ')).length, 5);
});
