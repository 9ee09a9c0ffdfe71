import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch, Reply, Runtime } from '../../../src/runtime/runtime.ts';
import { Health } from '../../../src/sidecar/health.ts';
import { limitRate } from '../../../src/sidecar/layers/limitRate.ts';
import type { RateLimit } from '../../../src/sidecar/rateLimit/callStarts.ts';
import { RateLimiter } from '../../../src/sidecar/rateLimit/rateLimiter.ts';
import { RatePause } from '../../../src/sidecar/rateLimit/ratePause.ts';
import { MINUTE, SECOND } from '../../../src/units.ts';
import { createFakeClock } from '../../kit/rigs/fakeClock.ts';
import { idleIntake } from '../../kit/rigs/idleIntake.ts';
import { envelopeWithDeadline } from '../../kit/runtimes/limitedRuntime.ts';
import { request } from '../../kit/runtimes/request.ts';

const GIVEN_BACK = {
  kind: 'absent',
  reason: 'the rate limit permits no call soon',
  cause: 'rate_limit',
};

test('the call that uses the limit up pauses consuming before it ends', () => {
  const { runtime, health } = setup({ count: 1, windowMs: 5 * MINUTE });
  void runtime.call(request());
  assert.ok(health.paused.has('rate_limit'));
});

test('a call that would wait longer than a minute is given back', async () => {
  const { runtime, calls } = setup({ count: 1, windowMs: MINUTE + 1 });
  await runtime.call(request());
  assert.deepEqual(await runtime.call(request()), GIVEN_BACK);
  assert.equal(calls(), 1);
});

test('waiting calls are counted until they start, and their waits are reported', async () => {
  const { runtime, health, clock, waits, calls } = setup({ count: 1, windowMs: SECOND });
  await runtime.call(request());
  const waiting = [runtime.call(request()), runtime.call(request())];
  assert.equal(health.rateLimited, 2);
  for (const call of waiting) {
    clock.advance(SECOND);
    await call;
  }
  assert.equal(health.rateLimited, 0);
  assert.equal(calls(), 3);
  assert.deepEqual(waits, [0, SECOND, 2 * SECOND]);
});

test('waiting calls are given back when consuming pauses', async () => {
  const { runtime, limiter, health } = setup({ count: 1, windowMs: SECOND });
  await runtime.call(request());
  const waiting = runtime.call(request());
  limiter.rejectWaiting();
  assert.deepEqual(await waiting, GIVEN_BACK);
  assert.equal(health.rateLimited, 0);
});

test('a batch starts one call, and its items wait together', async () => {
  const { runtime, limiter, clock, waits, calls } = setup({ count: 1, windowMs: SECOND });
  const [first, second] = [{ size: 3 }, { size: 2 }];
  const starting = callAll(runtime, first, 3);
  assert.deepEqual([calls(), limiter.waitMs()], [3, SECOND]);
  await Promise.all(starting);
  const waiting = callAll(runtime, second, 2);
  assert.equal(limiter.waitMs(), 2 * SECOND);
  clock.advance(SECOND);
  await Promise.all(waiting);
  assert.deepEqual(waits, [0, 0, 0, SECOND, SECOND]);
});

test('an item of a batch whose deadline passes while the batch waits leaves it', async () => {
  const { runtime, clock, health } = setup({ count: 1, windowMs: MINUTE });
  await runtime.call(request());
  const batch = { size: 2 };
  const late = runtime.call(request({ batch, envelope: envelopeWithDeadline(Date.now() + 5_000) }));
  const other = runtime.call(request({ batch }));
  clock.advance(5_000);
  const reply = await late;
  assert.ok(reply.kind === 'failed' && reply.fault.code === 'deadline_exceeded');
  assert.equal(health.rateLimited, 1);
  clock.advance(MINUTE);
  assert.equal((await other).kind, 'answered');
});

test('the items of a batch that may not start are given back', async () => {
  const { runtime, calls } = setup({ count: 1, windowMs: MINUTE + 1 });
  await runtime.call(request());
  const replies = await Promise.all(callAll(runtime, { size: 2 }, 2));
  assert.deepEqual(replies, [GIVEN_BACK, GIVEN_BACK]);
  assert.equal(calls(), 1);
});

function callAll(runtime: Runtime, batch: Batch, count: number): Promise<Reply>[] {
  return Array.from({ length: count }, () => runtime.call(request({ batch })));
}

function setup(limit: RateLimit) {
  const clock = createFakeClock();
  const health = new Health();
  const limiter = new RateLimiter(limit, clock);
  const intake = idleIntake(health);
  const { signal: closed } = new AbortController();
  const pause = new RatePause({ limiter, intake, prefetch: 1, batchSize: 1, clock, closed });
  const waits: number[] = [];
  let calls = 0;
  const onWait = (waitMs: number): void => void waits.push(waitMs);
  const runtime: Runtime = limitRate({
    limiter,
    pause,
    health,
    clock,
    onWait,
  })({
    async call() {
      calls++;
      return { kind: 'answered', items: [], sizeBytes: 0 };
    },
    close: async () => {},
  });
  return { runtime, limiter, health, clock, waits, calls: () => calls };
}
