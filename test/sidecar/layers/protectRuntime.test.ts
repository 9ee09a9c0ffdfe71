import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRejectWaiting } from '../../../src/sidecar/layers/protectRuntime.ts';
import { RateLimiter, type WaitEnd } from '../../../src/sidecar/rateLimit/rateLimiter.ts';
import { SECOND } from '../../../src/units.ts';
import { createFakeClock } from '../../kit/rigs/fakeClock.ts';

test('calls that wait for the rate limit continue to wait when it pauses consuming', () => {
  const limiter = new RateLimiter({ count: 1, windowMs: SECOND }, createFakeClock());
  const causes: unknown[] = [];
  const ends: WaitEnd[] = [];
  const rejectWaiting = createRejectWaiting(
    { rejectWaiting: (cause) => void causes.push(cause) },
    limiter,
  );
  limiter.tryStart();
  limiter.wait(
    () => Number.POSITIVE_INFINITY,
    (end) => ends.push(end),
  );
  rejectWaiting('rate_limit');
  assert.deepEqual(ends, []);
  rejectWaiting('breaker');
  assert.deepEqual(ends, ['rejected']);
  rejectWaiting('draining');
  assert.deepEqual(causes, ['rate_limit', 'breaker', 'draining'], 'for calls that wait for a slot');
});
