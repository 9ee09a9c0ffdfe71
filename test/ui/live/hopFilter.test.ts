import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hop } from '../../../src/cli/ui/hops/contract.ts';
import {
  createMatcher,
  formatFilter,
  isEmptyFilter,
  parseFilter,
  type HopFilter,
} from '../../../ui/live/hopFilter.ts';
import { hop } from './hops.ts';

const HOPS: readonly Hop[] = [
  hop(1, { actor: 'prep', id: 'Order-1', journey: 'order-1' }),
  hop(2, { actor: 'infer', id: 'order-1.2.0', journey: 'order-1', code: 'runtime_error' }),
  hop(3, { actor: 'infer', id: 'b', journey: 'b', outcome: 'retry', reason: 'probe' }),
  hop(4, { actor: 'infer', id: 'c', journey: 'c', attempt: 2 }),
];

function matching(filter: Partial<HopFilter>): number[] {
  const matches = createMatcher({ actor: '', outcome: 'all', id: '', ...filter });
  return HOPS.filter(matches).map(({ number }) => number);
}

test('a hop must match the actor, the outcome and the part of an id', () => {
  assert.deepEqual(matching({}), [1, 2, 3, 4]);
  assert.deepEqual(matching({ actor: 'infer' }), [2, 3, 4]);
  assert.deepEqual(matching({ id: ' ORDER ' }), [1, 2]);
  assert.deepEqual(matching({ id: 'order', actor: 'infer' }), [2]);
});

test('an envelope is found by the id of its journey', () => {
  assert.deepEqual(matching({ id: 'order-1' }), [1, 2]);
});

test('failed hops have a fault code; retries are later attempts and deferrals', () => {
  assert.deepEqual(matching({ outcome: 'failed' }), [2]);
  assert.deepEqual(matching({ outcome: 'retries' }), [3, 4]);
});

test('a filter survives the address, and the default filter adds nothing to it', () => {
  const filter: HopFilter = { actor: 'prep', outcome: 'failed', id: 'a&b' };
  const given = Object.entries(formatFilter(filter)).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  assert.deepEqual(parseFilter(new URLSearchParams(given)), filter);
  const empty = parseFilter(new URLSearchParams());
  assert.ok(isEmptyFilter(empty));
  assert.deepEqual(Object.values(formatFilter(empty)), [undefined, undefined, undefined]);
});
