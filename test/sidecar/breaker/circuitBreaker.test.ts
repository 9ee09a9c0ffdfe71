import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  CircuitBreaker,
  type BreakerSettings,
  type CallResult,
  type Change,
  type Ticket,
} from '../../../src/sidecar/breaker/circuitBreaker.ts';
import { MINUTE, SECOND } from '../../../src/units.ts';

const SETTINGS: BreakerSettings = {
  errorRate: 0.5,
  minHops: 4,
  windowMs: MINUTE,
  cooldownMs: 30 * SECOND,
};

test('the breaker opens when the window has enough calls and the error rate is reached', () => {
  const { call, breaker } = setup();
  assert.deepEqual(call('answered', 'failed', 'answered'), ['none', 'none', 'none']);
  assert.deepEqual(call('failed'), ['opened']);
  assert.equal(breaker.admit(), undefined, 'no call while it is open');
});

test('an error rate just below the limit does not open the breaker', () => {
  const { call } = setup();
  const changes = call('answered', 'answered', 'failed', 'answered', 'failed', 'answered');
  assert.deepEqual(new Set(changes), new Set(['none']));
});

test('fewer calls than the minimum do not open the breaker', () => {
  const { call } = setup();
  assert.deepEqual(call('failed', 'failed', 'failed'), ['none', 'none', 'none']);
});

test('calls older than the window do not count', () => {
  const { call, clock } = setup();
  call('failed', 'failed', 'failed');
  clock.nowMs += MINUTE + SECOND;
  assert.deepEqual(call('failed', 'failed', 'failed'), ['none', 'none', 'none']);
  assert.deepEqual(call('failed'), ['opened']);
});

test('an outage after many successes opens the breaker after the minimum of calls', () => {
  const { call, clock, breaker } = setup();
  for (let n = 0; n < 1_000; n++) {
    call('answered');
    clock.nowMs += 10;
  }
  assert.deepEqual(call('failed', 'failed', 'failed', 'failed'), [
    'none',
    'none',
    'none',
    'opened',
  ]);
  assert.deepEqual(breaker.evidence, { calls: 4, failures: 4 });
});

test('calls that began before an outage and succeed do not delay the opening', () => {
  const { call, breaker, begin } = setup();
  for (let n = 0; n < 1_000; n++) call('answered');
  const [first, second] = [begin(), begin()];
  assert.deepEqual(call('failed', 'failed'), ['none', 'none']);
  assert.equal(breaker.record(first, 'answered'), 'none');
  assert.deepEqual(call('failed'), ['none']);
  assert.equal(breaker.record(second, 'answered'), 'none');
  assert.deepEqual(call('failed'), ['opened']);
  assert.deepEqual(breaker.evidence, { calls: 6, failures: 4 });
});

test('a success of a call that began after a failure ends the run of failures', () => {
  const { call } = setup();
  for (let n = 0; n < 1_000; n++) call('answered');
  for (let n = 0; n < 100; n++) {
    const changes = call('failed', 'failed', 'failed', 'answered');
    assert.deepEqual(new Set(changes), new Set(['none']));
  }
});

test('failures at a usual rate do not open the breaker when many calls end together', () => {
  const { call, breaker, begin } = setup();
  for (let n = 0; n < 1_000; n++) call('answered');
  const running = Array.from({ length: 30 }, begin);
  for (const [index, ticket] of running.entries()) {
    assert.equal(breaker.record(ticket, index % 3 === 0 ? 'failed' : 'answered'), 'none');
  }
});

test('the failures of a run that is longer than the window are not added up', () => {
  const { call, clock } = setup();
  for (let n = 0; n < 1_000; n++) {
    assert.deepEqual(call('failed'), ['none']);
    clock.nowMs += MINUTE / 3 + 2 * SECOND;
  }
});

test('results that prove nothing are not counted', () => {
  const { call, breaker } = setup();
  call('unknown', 'unknown', 'unknown', 'failed');
  assert.equal(breaker.counts().calls, 1);
});

test('after the cool-down one call probes at a time, and an answer closes the breaker', () => {
  const { call, breaker } = setup();
  call('failed', 'failed', 'failed', 'failed');
  breaker.endCooldown();
  const probe = breaker.admit();
  assert.equal(probe?.isProbe, true);
  assert.equal(breaker.admit(), undefined, 'a probe runs');
  assert.ok(probe !== undefined);
  assert.equal(breaker.record(probe, 'answered'), 'closed');
  assert.equal(breaker.admit()?.isProbe, false);
  assert.equal(breaker.counts().calls, 0, 'the failures before are forgotten');
});

test('the cool-down doubles after each failed probe up to 10 minutes, and is reset by an answer', () => {
  const { call, breaker, probe } = setup();
  call('failed', 'failed', 'failed', 'failed');
  const cooldowns = [breaker.cooldownMs];
  for (let n = 0; n < 6; n++) {
    assert.equal(probe('failed'), 'opened');
    cooldowns.push(breaker.cooldownMs);
  }
  assert.deepEqual(
    cooldowns.map((ms) => ms / SECOND),
    [30, 60, 120, 240, 480, 600, 600],
  );
  probe('answered');
  call('failed', 'failed', 'failed', 'failed');
  assert.equal(breaker.cooldownMs, 30 * SECOND);
});

test('a cool-down that is configured above 10 minutes does not shrink', () => {
  const { call, breaker, probe } = setup({ cooldownMs: 15 * MINUTE });
  call('failed', 'failed', 'failed', 'failed');
  probe('failed');
  assert.equal(breaker.cooldownMs, 15 * MINUTE);
});

test('a probe without a result lets the next call probe, after the same cool-down', () => {
  const { call, breaker, probe } = setup();
  call('failed', 'failed', 'failed', 'failed');
  assert.equal(probe('unknown'), 'probe_again');
  assert.equal(breaker.cooldownMs, 30 * SECOND);
  assert.equal(breaker.admit()?.isProbe, true);
});

test('the result of a call that began before an opening changes nothing afterwards', () => {
  const { call, breaker, probe } = setup();
  const early = breaker.admit();
  assert.ok(early !== undefined);
  call('failed', 'failed', 'failed', 'failed');
  assert.equal(breaker.record(early, 'answered'), 'none');
  breaker.endCooldown();
  assert.equal(breaker.record(early, 'answered'), 'none', 'it is not the probe');
  assert.equal(probe('answered'), 'closed');
  assert.equal(breaker.record(early, 'failed'), 'none');
  assert.equal(breaker.counts().calls, 0);
  assert.ok(breaker.isStale(early));
});

test('the counts of the window are those of a log of all calls, to one sixtieth of the window', () => {
  const step = fc.record({
    waitMs: fc.integer({ min: 0, max: 20 * SECOND }),
    hasFailed: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { breaker, clock, call } = setup({ minHops: 1_000 });
      const log: { atMs: number; hasFailed: boolean }[] = [];
      for (const { waitMs, hasFailed } of steps) {
        clock.nowMs += waitMs;
        log.push({ atMs: clock.nowMs, hasFailed });
        call(hasFailed ? 'failed' : 'answered');
        // Buckets begin at multiples of their width.
        const startMs = Math.floor(clock.nowMs / SECOND) * SECOND - 59 * SECOND;
        const recent = log.filter(({ atMs }) => atMs >= startMs);
        assert.deepEqual(breaker.counts(), {
          calls: recent.length,
          failures: recent.filter((it) => it.hasFailed).length,
        });
      }
    }),
  );
});

function setup(settings: Partial<BreakerSettings> = {}) {
  const clock = { nowMs: 0 };
  const breaker = new CircuitBreaker({ ...SETTINGS, ...settings }, { nowMs: () => clock.nowMs });
  const begin = (): Ticket => {
    const ticket = breaker.admit();
    assert.ok(ticket !== undefined, 'the call is admitted');
    return ticket;
  };
  const call = (...results: CallResult[]): Change[] =>
    results.map((result) => breaker.record(begin(), result));
  const probe = (result: CallResult): Change | undefined => {
    breaker.endCooldown();
    return call(result)[0];
  };
  return { breaker, clock, begin, call, probe };
}
