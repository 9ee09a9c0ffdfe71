import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { NO_COUNTS, type Counts } from '../../../../src/cli/ui/pipeline/counts.ts';
import { quantileOf } from '../../../../src/cli/ui/pipeline/quantile.ts';
import { RateWindow } from '../../../../src/cli/ui/pipeline/rateWindow.ts';
import { SECOND } from '../../../../src/units.ts';

function countsWith(given: Partial<Counts>): Counts {
  return { ...NO_COUNTS, ...given };
}

/** Adds a reading every 5 s, each with these hops. */
function readingsOf(hops: readonly number[], processStarts: readonly number[] = []): RateWindow {
  const window = new RateWindow();
  for (const [index, count] of hops.entries())
    window.add({
      atMs: index * 5 * SECOND,
      counts: countsWith({ hops: count }),
      processStart: processStarts[index],
    });
  return window;
}

test('one reading has no increase, and two have the difference', () => {
  assert.equal(readingsOf([100]).increase(0), undefined);
  const increase = readingsOf([100, 110]).increase(5 * SECOND);
  assert.deepEqual([increase?.counts.hops, increase?.seconds], [10, 5]);
});

test('the increase covers the last minute', () => {
  const window = readingsOf(Array.from({ length: 40 }, (_, index) => index ** 2));
  const increase = window.increase(39 * 5 * SECOND);
  assert.deepEqual([increase?.counts.hops, increase?.seconds], [39 ** 2 - 27 ** 2, 60]);
});

test('a counter that restarts counts from zero', () => {
  const increase = readingsOf([100, 110, 4, 6]).increase(15 * SECOND);
  assert.equal(increase?.counts.hops, 16);
});

test('a process that restarts and counts fast counts from zero too', () => {
  const increase = readingsOf([100, 110, 120], [1, 1, 2]).increase(10 * SECOND);
  assert.equal(increase?.counts.hops, 130);
});

test('a restart is noticed by a series that has vanished', () => {
  const window = new RateWindow();
  const sent = (counts: [string, number][]): Counts =>
    countsWith({ hops: 5, sent: new Map(counts) });
  const processStart = undefined;
  window.add({ atMs: 0, counts: sent([['post', 5]]), processStart });
  window.add({ atMs: 5 * SECOND, counts: sent([['other', 2]]), processStart });
  const { counts } = window.increase(5 * SECOND) ?? assert.fail();
  assert.deepEqual([counts.hops, counts.sent.get('other')], [5, 2]);
});

function rateOf(window: RateWindow, seconds: number): number | undefined {
  const increase = window.increase(seconds * SECOND);
  return increase && increase.counts.hops / increase.seconds;
}

test('a constant rate is the same at each moment between two readings', () => {
  const few = readingsOf([0, 60]);
  assert.deepEqual([rateOf(few, 5), rateOf(few, 7), rateOf(few, 9.9)], [12, 12, 12]);
  const many = readingsOf(Array.from({ length: 40 }, (_, index) => index * 60));
  assert.deepEqual([rateOf(many, 195), rateOf(many, 197), rateOf(many, 199.9)], [12, 12, 12]);
});

test('the rate of a sidecar that does not answer falls, and ends after a minute', () => {
  const window = readingsOf([0, 60]);
  assert.deepEqual([rateOf(window, 30), rateOf(window, 69)], [3, 60 / 59]);
  assert.equal(rateOf(window, 75), undefined);
});

test('a quantile is interpolated within its bucket, as Prometheus does', () => {
  const buckets = new Map([
    [Number.POSITIVE_INFINITY, 100],
    [0.1, 50],
    [0.5, 90],
    [1, 90],
  ]);
  assert.equal(quantileOf(buckets, 0.25), 0.05);
  assert.equal(quantileOf(buckets, 0.5), 0.1);
  assert.ok(Math.abs((quantileOf(buckets, 0.7) ?? 0) - 0.3) < 1e-9);
  // Observations above the highest bound count as that bound.
  assert.equal(quantileOf(buckets, 0.95), 1);
  assert.equal(quantileOf(new Map([[1, 0]]), 0.5), undefined);
  assert.equal(quantileOf(new Map(), 0.5), undefined);
});

test('a quantile lies between 0 and the highest bound, and grows with its share', () => {
  const bucket = fc.tuple(fc.double({ min: 0.001, max: 1e6, noNaN: true }), fc.nat(1_000));
  fc.assert(
    fc.property(fc.array(bucket, { minLength: 1 }), (entries) => {
      let total = 0;
      const bounds = new Map(
        entries.toSorted(([a], [b]) => a - b).map(([bound, count]) => [bound, (total += count)]),
      );
      const [low = 0, high = 0] = [quantileOf(bounds, 0.5), quantileOf(bounds, 0.95)];
      assert.ok(low >= 0 && low <= high && high <= Math.max(...bounds.keys()));
    }),
  );
});
