import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ArrivalRate } from '../../../ui/live/arrivalRate.ts';

test('in the first seconds there is no rate; then it is the average since the start', () => {
  const rate = new ArrivalRate(0);
  rate.add(100, 10, 500);
  assert.equal(rate.rate(2_900), undefined);
  assert.deepEqual(rate.rate(10_000), { hops: 10, failed: 1 });
});

test('after a minute, the rate is that of the last minute', () => {
  const rate = new ArrivalRate(0);
  for (let second = 0; second < 200; second++)
    rate.add(second < 100 ? 1_000 : 5, 0, second * 1_000);
  const { hops = 0 } = rate.rate(199_999) ?? {};
  assert.ok(Math.abs(hops - 5) < 0.1, `${hops}`);
});

test('hops leave the window when nothing follows', () => {
  const rate = new ArrivalRate(0);
  rate.add(600, 6, 0);
  assert.deepEqual(rate.rate(600_000), { hops: 0, failed: 0 });
});

test('a restart forgets the counts', () => {
  const rate = new ArrivalRate(0);
  rate.add(600, 6, 0);
  rate.restart(20_000);
  rate.add(10, 0, 21_000);
  assert.deepEqual(rate.rate(25_000), { hops: 2, failed: 0 });
});
