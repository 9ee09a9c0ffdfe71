import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actorStates } from '../../../../ui/pipeline/state/actorState.ts';
import {
  commonFailures,
  hasCommonReason,
  isBrokerFailure,
} from '../../../../ui/pipeline/state/commonFailures.ts';
import { DepthTrends } from '../../../../ui/pipeline/state/depthTrends.ts';
import { createActor } from '../pipelines.ts';

/** The states of actors that are not ready, each for its reason. */
function statesOf(reasons: readonly string[]) {
  const actors = reasons.map((reason, index) =>
    createActor(`actor-${index}`, {
      sidecars: [{ address: 'a:8080', isReady: false, problems: [reason] }],
    }),
  );
  return actorStates({ asOf: '', actors, edges: [] }, new DepthTrends());
}

const AWAY = 'broker: not connected (connect ECONNREFUSED 127.0.0.1:5672)';

test('the same reason of three actors is one failure, with their number', () => {
  const states = statesOf([AWAY, 'draining', AWAY, AWAY]);
  const common = commonFailures(states);
  assert.deepEqual(common, [{ text: 'Not ready', detail: AWAY, count: 3 }]);
  assert.deepEqual(
    states.map((state) => hasCommonReason(state, common)),
    [true, false, true, true],
  );
  assert.deepEqual(common.map(isBrokerFailure), [true]);
});

test('reasons that differ in parentheses only are the same', () => {
  const other = 'broker: not connected (CONNECTION_FORCED)';
  const common = commonFailures(statesOf([AWAY, other, AWAY]));
  assert.deepEqual(common, [{ text: 'Not ready', detail: 'broker: not connected', count: 3 }]);
});

test('the same reason of two actors stays with each of them', () => {
  assert.deepEqual(commonFailures(statesOf([AWAY, AWAY, 'draining'])), []);
});
