import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import type { FaultCode } from '../../../src/faults.ts';
import { runtimeCrashed } from '../../../src/runtime/reply/failedReply.ts';
import type { Reply, Runtime } from '../../../src/runtime/runtime.ts';
import { CircuitBreaker } from '../../../src/sidecar/breaker/circuitBreaker.ts';
import { Health } from '../../../src/sidecar/health.ts';
import { Intake } from '../../../src/sidecar/intake.ts';
import { breakCircuit } from '../../../src/sidecar/layers/breakCircuit.ts';
import { KIB, MINUTE, SECOND } from '../../../src/units.ts';
import { createFakeClock } from '../../kit/rigs/fakeClock.ts';
import { request } from '../../kit/runtimes/request.ts';

const ANSWERED: Reply = { kind: 'answered', items: [], sizeBytes: 0 };
const PREFETCH = 4;

test('the breaker probes with a prefetch of 1, and then consumes with the whole prefetch', async () => {
  const { call, clock, prefetches } = await setup();
  await call(failed('runtime_error'));
  await call(failed('runtime_error'));
  clock.advance(30 * SECOND);
  await prefetches();
  await call(ANSWERED);
  assert.deepEqual(await prefetches(), [PREFETCH, 1, PREFETCH]);
});

for (const code of ['runtime_error', 'reply_invalid', 'runtime_timeout'] as const) {
  test(`${code} is a failure`, async () => {
    const { call, health } = await setup();
    assert.equal((await call(failed(code))).kind, 'failed');
    assert.deepEqual(await call(failed(code)), {
      kind: 'absent',
      reason: 'the circuit breaker is open',
      cause: 'breaker',
    });
    assert.ok(health.paused.has('breaker'));
  });
}

const OTHER_REPLIES: Readonly<Record<string, Reply>> = {
  'an answer': ANSWERED,
  'a deferral': { kind: 'deferred', fault: { code: 'runtime_error', message: '' }, afterMs: 1 },
  'an absent runtime': { kind: 'absent', reason: 'no socket' },
  'a crash': runtimeCrashed(''),
  'a passed deadline': failed('deadline_exceeded'),
  'a reply over the limit': failed('reply_too_large'),
  'a failed batch without calls of its envelopes': {
    kind: 'failed',
    fault: { code: 'runtime_error', message: '' },
    retryable: false,
    isShared: true,
  },
};

for (const [name, reply] of Object.entries(OTHER_REPLIES)) {
  test(`${name} is not a failure, and passes unchanged`, async () => {
    const { call, health } = await setup();
    for (let n = 0; n < 5; n++) assert.equal(await call(reply), reply);
    assert.ok(!health.paused.has('breaker'));
  });
}

test('a failed probe keeps its fault and is marked; the next cool-down is twice as long', async () => {
  const { call, clock, health } = await setup();
  await call(failed('runtime_error'));
  await call(failed('runtime_error'));
  clock.advance(30 * SECOND);
  const reply = await call(failed('runtime_timeout'));
  assert.ok(reply.kind === 'failed' && reply.isProbe === true);
  assert.equal(reply.fault.code, 'runtime_timeout');
  clock.advance(MINUTE - 1);
  assert.ok(health.paused.has('breaker'));
  clock.advance(1);
  assert.ok(!health.paused.has('breaker'));
});

test('a deferral closes the breaker, because the runtime has answered', async () => {
  const { call, clock, health } = await setup();
  await call(failed('runtime_error'));
  await call(failed('runtime_error'));
  clock.advance(30 * SECOND);
  await call({ kind: 'deferred', fault: { code: 'runtime_error', message: '' }, afterMs: 1 });
  assert.ok(!health.paused.has('breaker'));
  assert.equal((await call(failed('runtime_error'))).kind, 'failed');
});

test('the log has one line for each change, with the calls and the last error', async () => {
  const { call, clock, lines } = await setup();
  await call(failed('runtime_error'));
  await call(failed('runtime_error', `out\nof memory ${'x'.repeat(KIB)}`));
  clock.advance(30 * SECOND);
  await call(failed('runtime_error'));
  clock.advance(MINUTE);
  await call(ANSWERED);
  const [open, ...others] = lines.filter(({ msg }) => String(msg).startsWith('circuit breaker'));
  const { error, ...fields } = open ?? {};
  assert.match(String(error), /^runtime_error: out of memory x+$/);
  assert.equal(String(error).length, 300);
  assert.deepEqual(fields, {
    msg: 'circuit breaker open; consuming paused',
    calls: 2,
    failures: 2,
    errorRate: 1,
    cooldownMs: 30_000,
  });
  assert.deepEqual(others, [
    { msg: 'circuit breaker half-open; the next envelope probes', openMs: 30_000 },
    {
      msg: 'circuit breaker probe failed',
      error: 'runtime_error: out of memory',
      cooldownMs: 60_000,
      openMs: 30_000,
    },
    { msg: 'circuit breaker half-open; the next envelope probes', openMs: 90_000 },
    { msg: 'circuit breaker closed; consuming resumed', openMs: 90_000 },
  ]);
});

test('a call that throws releases the probe', async () => {
  const { call, clock, layer } = await setup();
  await call(failed('runtime_error'));
  await call(failed('runtime_error'));
  clock.advance(30 * SECOND);
  const broken = layer({ call: () => Promise.reject(new Error('a bug')), close: async () => {} });
  await assert.rejects(broken.call(request()), /a bug/);
  assert.equal(await call(ANSWERED), ANSWERED);
});

function failed(code: FaultCode, message = 'out of memory'): Reply {
  return { kind: 'failed', fault: { code, message }, retryable: false };
}

async function setup() {
  const clock = createFakeClock();
  const health = new Health();
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => {
    const { level, ...fields } = JSON.parse(line) as Record<string, unknown>;
    assert.equal(typeof level, 'number');
    lines.push(fields);
  };
  const log = pino({ base: null, timestamp: false }, { write });
  const intake = new Intake({ prefetch: PREFETCH, health, log, rejectWaiting: () => {} });
  const prefetches: number[] = [];
  intake.start(async (prefetch) => {
    prefetches.push(prefetch);
    return { cancel: async () => {} };
  });
  intake.resume('runtime_absent');
  await intake.idle();
  const settings = { errorRate: 1, minHops: 2, windowMs: MINUTE, cooldownMs: 30 * SECOND };
  const breaker = new CircuitBreaker(settings, clock);
  const { signal: closed } = new AbortController();
  const layer = breakCircuit({ breaker, clock, intake, health, log, closed });
  let next: Reply = ANSWERED;
  const runtime: Runtime = layer({ call: async () => next, close: async () => {} });
  return {
    clock,
    health,
    lines,
    layer,
    call: async (reply: Reply): Promise<Reply> => {
      next = reply;
      const result = await runtime.call(request());
      await intake.idle();
      return result;
    },
    prefetches: async () => {
      await intake.idle();
      return prefetches;
    },
  };
}
