import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLimitedRuntime, envelopeWithDeadline } from '../../kit/runtimes/limitedRuntime.ts';
import { request } from '../../kit/runtimes/request.ts';

test('a call ends at its deadline and keeps its slot', async (t) => {
  const { runtime, started } = createLimitedRuntime(t, 1);
  const reply = await runtime.call(
    request({ envelope: envelopeWithDeadline(Date.now() + 20), timeoutMs: 60_000 }),
  );
  assert.ok(reply.kind === 'failed');
  assert.deepEqual(reply.fault, {
    code: 'deadline_exceeded',
    message: 'the deadline passed during the call',
  });
  assert.equal((await runtime.call(request())).kind, 'absent');
  started[0]?.answer();
  assert.equal(await reply.lateCompletion, 'answered');
});

test('a call that exceeds its timeout before its deadline fails with runtime_timeout', async (t) => {
  const { runtime } = createLimitedRuntime(t, 1);
  const reply = await runtime.call(
    request({ envelope: envelopeWithDeadline(Date.now() + 60_000), timeoutMs: 20 }),
  );
  assert.ok(reply.kind === 'failed');
  assert.equal(reply.fault.code, 'runtime_timeout');
});

test('a call that exceeds its timeout fails, and its late reply is dropped', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { runtime, started } = createLimitedRuntime(t, 1);
  const call = runtime.call(request({ timeoutMs: 300 }));
  t.mock.timers.tick(300);
  const reply = await call;
  assert.ok(reply.kind === 'failed');
  const { lateCompletion, ...rest } = reply;
  assert.deepEqual(rest, {
    kind: 'failed',
    fault: { code: 'runtime_timeout', message: 'the runtime did not reply within 300 ms' },
    retryable: false,
  });
  started[0]?.answer();
  assert.equal(await lateCompletion, 'answered');
});

test('a call that is answered in time clears its timer', async (t) => {
  const { runtime, started } = createLimitedRuntime(t, 1);
  const before = activeTimers();
  const call = runtime.call(request({ timeoutMs: 60_000 }));
  started[0]?.answer();
  assert.equal((await call).kind, 'answered');
  assert.equal(activeTimers(), before);
});

test('a timeout beyond the limit of Node timers does not expire at once', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { runtime, started } = createLimitedRuntime(t, 1);
  const call = runtime.call(request({ timeoutMs: Number.POSITIVE_INFINITY }));
  t.mock.timers.tick(1000);
  started[0]?.answer();
  assert.equal((await call).kind, 'answered');
});

function activeTimers(): number {
  return process.getActiveResourcesInfo().filter((it) => it === 'Timeout').length;
}
