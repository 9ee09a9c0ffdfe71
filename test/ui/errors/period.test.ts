import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  describeAge,
  fromLocalInput,
  QUICK_PERIODS,
  resolveAge,
  toLocalInput,
} from '../../../ui/errors/address/period.ts';

const AS_OF = '2026-11-29T15:00:00.000Z';

test('an age counts from the look', () => {
  assert.equal(resolveAge({ since: '6h' }, AS_OF).since, '2026-11-29T09:00:00.000Z');
  for (const [age] of QUICK_PERIODS)
    assert.match(resolveAge({ since: age }, AS_OF).since ?? '', /^2026-11-2\dT/);
});

test('a time, an unknown unit and a missing period stay as they are', () => {
  for (const filter of [{ since: AS_OF }, { since: '6x' }, { text: 'a' }])
    assert.deepEqual(resolveAge(filter, AS_OF), filter);
});

test('a time keeps its seconds in the time zone of the browser', () => {
  const time = '2026-11-29T15:00:01.000Z';
  assert.equal(fromLocalInput(toLocalInput(time)), time);
  assert.equal(toLocalInput('6h'), '');
  assert.equal(fromLocalInput(''), undefined);
});

test('the age of a look has one unit', () => {
  const ages = [4, 40, 61, 3_599, 7_200, 172_800].map((seconds) => describeAge(0, seconds * 1_000));
  assert.deepEqual(ages, ['just now', '40 s ago', '1 min ago', '59 min ago', '2 h ago', '2 d ago']);
});
