import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Actor } from '../../../../src/cli/ui/pipeline/contract.ts';
import {
  actorStates,
  failedRate,
  matches,
  type ActorState,
} from '../../../../ui/pipeline/state/actorState.ts';
import { DepthTrends } from '../../../../ui/pipeline/state/depthTrends.ts';
import { createActor } from '../pipelines.ts';

function stateOf(actor: Actor): ActorState {
  const [state] = actorStates({ asOf: '', actors: [actor], edges: [] }, new DepthTrends());
  assert.ok(state);
  return state;
}

const UNREADY = [{ address: 'a:8080', isReady: false, problems: ['runtime: no socket'] }];

test('a filter finds parts of names in any case', () => {
  const state = stateOf(createActor('Infer-Large'));
  const find = (name: string): boolean => matches(state, { name, isTroubledOnly: false });
  assert.deepEqual(['infer', ' LARGE ', '', 'post'].map(find), [true, true, true, false]);
});

test('a filter can leave out actors without troubles', () => {
  const filter = { name: '', isTroubledOnly: true };
  assert.equal(matches(stateOf(createActor('infer')), filter), false);
  assert.equal(matches(stateOf(createActor('infer', { sidecars: UNREADY })), filter), true);
});

test('failed attempts are those that are retried and those that are not', () => {
  const rates = { hops: 10, errors: 1, retries: 2 };
  assert.equal(failedRate(createActor('infer', { rates })), 3);
  assert.equal(failedRate({ name: 'infer', kind: 'actor', sidecars: [] }), undefined);
});
