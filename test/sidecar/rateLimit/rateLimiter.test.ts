import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { CallStarts, type RateLimit } from '../../../src/sidecar/rateLimit/callStarts.ts';
import { RateLimiter, type WaitEnd } from '../../../src/sidecar/rateLimit/rateLimiter.ts';
import { SECOND } from '../../../src/units.ts';
import { createFakeClock } from '../../kit/rigs/fakeClock.ts';

const ONE_A_SECOND: RateLimit = { count: 1, windowMs: SECOND };

test('calls below the limit start at once, and the next one waits for the oldest', () => {
  const { limiter, clock } = setup({ count: 2, windowMs: SECOND });
  assert.ok(limiter.tryStart());
  clock.advance(300);
  assert.ok(limiter.tryStart());
  assert.equal(limiter.tryStart(), false);
  assert.equal(limiter.waitMs(), 700);
  clock.advance(699);
  assert.equal(limiter.tryStart(), false);
  clock.advance(1);
  assert.ok(limiter.tryStart());
  assert.equal(limiter.waitMs(), 300);
});

test('waiting calls start in the order of their arrival, and no later call passes them', () => {
  const { limiter, clock, wait } = setup(ONE_A_SECOND);
  limiter.tryStart();
  const [first, second] = [wait(), wait()];
  assert.equal(limiter.waitMs(), 3 * SECOND);
  clock.advance(SECOND);
  assert.equal(limiter.tryStart(), false);
  assert.deepEqual([first.end, second.end], ['started', undefined]);
  clock.advance(SECOND);
  assert.equal(second.end, 'started');
});

test('a call whose deadline passes while it waits ends at the deadline, and is not counted', () => {
  const { limiter, clock, wait } = setup(ONE_A_SECOND);
  limiter.tryStart();
  const overdue = wait(() => 500 - clock.nowMs());
  const next = wait();
  clock.advance(500);
  assert.deepEqual([overdue.end, next.end], ['overdue', undefined]);
  clock.advance(500);
  assert.equal(next.end, 'started');
});

test('a call whose deadline has passed at its turn is not started', () => {
  const { limiter, clock, wait } = setup(ONE_A_SECOND);
  limiter.tryStart();
  // The deadline is a time of the wall clock, which may be set forward.
  const overdue = wait(() => (clock.nowMs() < SECOND ? SECOND * 9 : 0));
  clock.advance(SECOND);
  assert.equal(overdue.end, 'overdue');
  assert.ok(limiter.tryStart());
});

test('a call that arrives while a timer is late does not pass the waiting ones', () => {
  let nowMs = 0;
  const limiter = new RateLimiter(ONE_A_SECOND, { nowMs: () => nowMs, callAfter: () => () => {} });
  limiter.tryStart();
  limiter.wait(() => Number.POSITIVE_INFINITY, assert.fail);
  nowMs = 5 * SECOND;
  assert.equal(limiter.tryStart(), false);
});

test('rejected calls end at once, and are not counted', () => {
  const { limiter, clock, wait } = setup(ONE_A_SECOND);
  limiter.tryStart();
  const rejected = [wait(), wait(() => 9 * SECOND)];
  limiter.rejectWaiting();
  assert.deepEqual(
    rejected.map(({ end }) => end),
    ['rejected', 'rejected'],
  );
  clock.advance(SECOND);
  assert.ok(limiter.tryStart());
});

test('no window holds more starts than the limit, and no call waits longer than it must', () => {
  const count = fc.integer({ min: 1, max: 7 });
  const windowMs = fc.integer({ min: 1, max: 500 });
  const gaps = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(fc.record({ count, windowMs }), gaps, (limit, gapsMs) => {
      const starts = startsOf(limit, gapsMs);
      assert.equal(starts.length, gapsMs.length);
      let arrivedAtMs = 0;
      for (const [index, atMs] of starts.entries()) {
        arrivedAtMs += gapsMs[index] ?? 0;
        const permittedAtMs = (starts[index - limit.count] ?? -limit.windowMs) + limit.windowMs;
        assert.equal(atMs, Math.max(arrivedAtMs, permittedAtMs), starts.join());
      }
    }),
  );
});

test('the expected wait behind other calls is the one that they cause', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 20 });
  const small = fc.integer({ min: 1, max: 20 });
  fc.assert(
    fc.property(small, gaps, small, (count, gapsMs, ahead) => {
      const starts = new CallStarts({ count, windowMs: SECOND });
      let nowMs = 0;
      const start = (): void => {
        nowMs += starts.waitMs(nowMs, 0);
        starts.add(nowMs);
      };
      for (const gapMs of gapsMs) {
        nowMs += gapMs;
        start();
      }
      const expectedMs = nowMs + starts.waitMs(nowMs, ahead);
      for (let n = 0; n < ahead; n++) start();
      assert.equal(nowMs + starts.waitMs(nowMs, 0), expectedMs);
    }),
  );
});

/** The start times of calls that arrive after the given gaps. */
function startsOf(limit: RateLimit, gapsMs: readonly number[]): number[] {
  const { limiter, clock } = setup(limit);
  const starts: number[] = [];
  const add = (): void => void starts.push(clock.nowMs());
  for (const gapMs of gapsMs) {
    clock.advance(gapMs);
    if (limiter.tryStart()) add();
    else limiter.wait(() => Number.POSITIVE_INFINITY, add);
  }
  clock.advance(gapsMs.length * limit.windowMs);
  return starts;
}

function setup(limit: RateLimit) {
  const clock = createFakeClock();
  const limiter = new RateLimiter(limit, clock);
  const wait = (leftMs = () => Number.POSITIVE_INFINITY): { end: WaitEnd | undefined } => {
    const result: { end: WaitEnd | undefined } = { end: undefined };
    limiter.wait(leftMs, (end) => (result.end = end));
    return result;
  };
  return { limiter, clock, wait };
}
