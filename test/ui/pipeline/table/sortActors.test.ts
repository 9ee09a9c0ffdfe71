import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Actor } from '../../../../src/cli/ui/pipeline/contract.ts';
import { actorStates } from '../../../../ui/pipeline/state/actorState.ts';
import { DepthTrends } from '../../../../ui/pipeline/state/depthTrends.ts';
import {
  isSortColumn,
  nextOrder,
  sortActors,
  type SortOrder,
} from '../../../../ui/pipeline/table/sortActors.ts';
import { createActor } from '../pipelines.ts';

function withDepth(name: string, ready: number): Actor {
  return createActor(name, { queue: { exists: true, ready } });
}

function sort(actors: readonly Actor[], order: SortOrder): string[] {
  const states = actorStates({ asOf: '', actors, edges: [] }, new DepthTrends());
  return sortActors(states, order).map(({ actor }) => actor.name);
}

test('actors are sorted by a number, equal ones by their names', () => {
  const actors = [withDepth('b', 5), withDepth('c', 9), withDepth('a', 5)];
  assert.deepEqual(sort(actors, { column: 'waiting', isDescending: true }), ['c', 'a', 'b']);
  assert.deepEqual(sort(actors, { column: 'waiting', isDescending: false }), ['a', 'b', 'c']);
});

test('actors without the number come last in both orders', () => {
  const unknown: Actor = { name: 'a', kind: 'actor', sidecars: [] };
  const actors = [unknown, withDepth('b', 1), withDepth('c', 2)];
  assert.deepEqual(sort(actors, { column: 'waiting', isDescending: true }), ['c', 'b', 'a']);
  assert.deepEqual(sort(actors, { column: 'waiting', isDescending: false }), ['b', 'c', 'a']);
});

test('failures come before warnings, and these before working actors', () => {
  const sidecars = [{ address: 'a:8080', isReady: false, problems: [] }];
  const rates = { hops: 10, errors: 1, retries: 0 };
  const actors = [
    createActor('works'),
    createActor('warns', { rates }),
    createActor('fails', { sidecars }),
  ];
  const order = sort(actors, { column: 'trouble', isDescending: true });
  assert.deepEqual(order, ['fails', 'warns', 'works']);
});

test('within a level, the queue that grows most comes first, then the largest failed share', () => {
  const trends = new DepthTrends();
  const states = actorStates(
    {
      asOf: '',
      actors: [
        createActor('a', { rates: { hops: 100, errors: 2, retries: 0 } }),
        createActor('b', { rates: { hops: 10, errors: 4, retries: 0 } }),
        createActor('c', { rates: { hops: 100, errors: 2, retries: 0 } }),
        createActor('d'),
        createActor('e', { rates: { hops: 100, errors: 2, retries: 0 } }),
      ],
      edges: [],
    },
    trends,
  ).map((state) => ({ ...state, growthPerMinute: GROWTH.get(state.actor.name) }));
  const order = sortActors(states, { column: 'trouble', isDescending: true });
  assert.deepEqual(
    order.map(({ actor }) => actor.name),
    ['e', 'b', 'a', 'c', 'd'],
  );
});

const GROWTH = new Map([['e', 1_200]]);

test('names with numbers are sorted by these', () => {
  const actors = ['step-10', 'step-9'].map((name) => createActor(name));
  assert.deepEqual(sort(actors, { column: 'name', isDescending: false }), ['step-9', 'step-10']);
});

test('a click sorts by the largest numbers first, and a second one reverses the order', () => {
  const first = nextOrder({ column: 'name', isDescending: false }, 'hops');
  assert.deepEqual(first, { column: 'hops', isDescending: true });
  assert.deepEqual(nextOrder(first, 'hops'), { column: 'hops', isDescending: false });
  assert.equal(nextOrder(first, 'name').isDescending, false);
});

test('only columns can be sorted by', () => {
  assert.deepEqual(['hops', 'constructor', ''].map(isSortColumn), [true, false, false]);
});
