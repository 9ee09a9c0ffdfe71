import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Health } from '../../../src/sidecar/health.ts';
import { Intake } from '../../../src/sidecar/intake.ts';
import type { RateLimit } from '../../../src/sidecar/rateLimit/callStarts.ts';
import { RateLimiter } from '../../../src/sidecar/rateLimit/rateLimiter.ts';
import { RatePause } from '../../../src/sidecar/rateLimit/ratePause.ts';
import { silentLog } from '../../../src/log.ts';
import { MINUTE, SECOND } from '../../../src/units.ts';
import { createFakeClock } from '../../kit/rigs/fakeClock.ts';

test('consuming pauses while a new call would wait longer than a minute', async () => {
  const { start, isPaused, prefetch, clock } = setup({ count: 1, windowMs: 5 * MINUTE }, 4);
  assert.equal(await prefetch(), 1, 'the others would wait for minutes');
  start();
  assert.ok(isPaused());
  clock.advance(4 * MINUTE + 29 * SECOND);
  assert.ok(isPaused());
  clock.advance(SECOND);
  assert.ok(!isPaused(), 'the next call has 30 s to wait');
  assert.equal(await prefetch(), 1);
});

test('a wait of a minute does not pause consuming', () => {
  const { start, isPaused } = setup({ count: 1, windowMs: MINUTE }, 1);
  start();
  assert.ok(!isPaused());
});

test('a used up burst pauses consuming until the next burst', async () => {
  const { start, isPaused, prefetch, clock } = setup({ count: 100, windowMs: 10 * MINUTE }, 10);
  for (let n = 0; n < 99; n++) start();
  assert.ok(!isPaused());
  start();
  assert.ok(isPaused());
  clock.advance(9 * MINUTE + 30 * SECOND);
  assert.equal(await prefetch(), 10);
});

test('the prefetch is restored when that many calls may start soon', async () => {
  const { start, isPaused, prefetch, clock } = setup({ count: 10, windowMs: 2 * MINUTE }, 4);
  start();
  clock.advance(50 * SECOND);
  for (let n = 0; n < 9; n++) start();
  assert.ok(isPaused());
  clock.advance(40 * SECOND);
  assert.equal(await prefetch(), 1, 'one call may start within 30 s');
  clock.advance(30 * SECOND);
  start();
  assert.equal(await prefetch(), 1);
  clock.advance(50 * SECOND);
  start();
  assert.equal(await prefetch(), 4);
});

test('the prefetch has room for the batches that may start soon', async () => {
  const { start, isPaused, prefetch, clock } = setup({ count: 2, windowMs: 5 * MINUTE }, 24, 8);
  assert.equal(await prefetch(), 16, 'two batches of 8');
  start();
  start();
  assert.ok(isPaused());
  clock.advance(4 * MINUTE + 30 * SECOND);
  assert.equal(await prefetch(), 16);
});

test('no pause ends after the sidecar has closed', () => {
  const { start, isPaused, clock, closed } = setup({ count: 1, windowMs: 5 * MINUTE }, 1);
  start();
  closed.abort();
  clock.advance(10 * MINUTE);
  assert.ok(isPaused());
});

function setup(limit: RateLimit, maxPrefetch: number, batchSize = 1) {
  const clock = createFakeClock();
  const closed = new AbortController();
  const health = new Health();
  const intake = new Intake({
    prefetch: maxPrefetch,
    health,
    log: silentLog,
    rejectWaiting: () => {},
  });
  const limiter = new RateLimiter(limit, clock);
  const pause = new RatePause({
    limiter,
    intake,
    prefetch: maxPrefetch,
    batchSize,
    clock,
    closed: closed.signal,
  });
  let current = 0;
  intake.start(async (prefetch) => {
    current = prefetch;
    return { cancel: async () => void (current = 0) };
  });
  intake.resume('runtime_absent');
  return {
    clock,
    closed,
    isPaused: () => health.paused.has('rate_limit'),
    start: () => {
      assert.ok(limiter.tryStart());
      pause.update();
    },
    /** The prefetch of the consumer; 0 while there is none. */
    prefetch: async () => {
      await intake.idle();
      return current;
    },
  };
}
