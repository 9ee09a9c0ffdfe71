import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { trace } from '@opentelemetry/api';
import type { Settled, HopProcessor } from '../../../src/hop/hop.ts';
import { compose } from '../../../src/compose.ts';
import type { Reply, Runtime } from '../../../src/runtime/runtime.ts';
import { createLogging } from '../../../telemetry/logs/logging.ts';
import { traceHops } from '../../../telemetry/spans/hopSpans.ts';
import { observeHops, observePublishes, observeReplies } from '../../../telemetry/observers.ts';
import { hopOf, type Given } from '../../kit/envelopes/hops.ts';
import { publishOf } from '../../kit/telemetry/meter.ts';
import { strictGuard } from '../../kit/telemetry/strictGuard.ts';

// No SDK runs in this file.

type Line = Record<string, unknown>;

function setup(format: 'json' | 'pretty' = 'json') {
  const written: string[] = [];
  const destination = { write: (line: string) => void written.push(line) };
  const logging = createLogging({ actor: 'infer', level: 'debug', format, destination });
  const options = {
    tracer: trace.getTracer('test'),
    actor: 'infer',
    system: 'memory',
    maxGapMs: 1_000,
    guard: strictGuard,
  };
  const layers = [traceHops(options), observeHops([logging.hops], strictGuard)];
  const run = (innermost: HopProcessor, given: Given = {}): Promise<Settled> =>
    compose(layers, innermost)(hopOf(given));
  return { ...logging, run, written, lines: () => written.map((line) => JSON.parse(line) as Line) };
}

const TRACE = '11111111111111111111111111111111';
const traceparent = `00-${TRACE}-2222222222222222-01`;

test('every line of a hop has its ids, also after awaits and without an SDK', async () => {
  const { run, log, lines } = setup();
  const work: HopProcessor = async () => {
    await setImmediate();
    log.debug('inside');
    return { name: 'forward', dispatched: 1 };
  };
  const headers = { traceparent, 'x-asya-journey-id': 'env-0' };
  await Promise.all([
    run(work, { envelope: { headers } }),
    run(work, { envelope: { id: 'env-2' } }),
  ]);
  log.info('outside');

  const ids = lines().map((line) =>
    ['msg', 'journey_id', 'envelope_id', 'trace_id', 'actor']
      .map((name) => (typeof line[name] === 'string' ? line[name] : '-'))
      .join(' '),
  );
  assert.deepEqual(ids.toSorted(), [
    `hop: forward env-0 env-1 ${TRACE} infer`,
    'hop: forward env-2 env-2 - infer',
    `inside env-0 env-1 ${TRACE} infer`,
    'inside env-2 env-2 - infer',
    'outside - - - infer',
  ]);
});

test('a hop is one line with its outcome, durations and sizes', async () => {
  const { run, calls: observer, lines } = setup();
  const reply = { kind: 'answered', items: [], sizeBytes: 42 } as const;
  const calls: Runtime = observeReplies(
    [observer],
    strictGuard,
  )({
    call: async () => reply,
    close: async () => {},
  });
  const publishedAt = Date.now() - 500;
  const work: HopProcessor = async ({ envelope }) => {
    const request = { envelope, actor: 'infer', attempt: 2, timeoutMs: 1, context: {} };
    await calls.call(request);
    return { name: 'fanout', dispatched: 3 };
  };
  await run(work, { headers: { 'asya-published-at': publishedAt, 'asya-attempt': 2 } });

  assert.equal(lines().length, 1);
  const { time, duration_ms, runtime_ms, wait_ms, ...line } = lines()[0] ?? {};
  assert.ok(typeof time === 'string' && !Number.isNaN(Date.parse(time)));
  assert.ok(Number(duration_ms) >= Number(runtime_ms));
  // The clock has a resolution of one millisecond.
  assert.ok(Number(wait_ms) > 499);
  assert.deepEqual(line, {
    level: 'info',
    actor: 'infer',
    journey_id: 'env-1',
    envelope_id: 'env-1',
    outcome: 'fanout',
    attempt: 2,
    hops: 0,
    reply_bytes: 42,
    received_bytes: hopOf().delivery.body.length,
    dispatched: 3,
    msg: 'hop: fanout',
  });
});

test('the line of a hop contains the wait of its call for the rate limit', async () => {
  const { run, rateLimitWaits, lines } = setup();
  await run(async () => {
    rateLimitWaits(1_234.567);
    return { name: 'forward', dispatched: 1 };
  });
  await run(async () => ({ name: 'forward', dispatched: 1 }));
  assert.deepEqual(
    lines().map(({ rate_limit_ms }) => rate_limit_ms),
    [1_234.57, undefined],
  );
});

test('the line of a hop contains the wait for its batch', async () => {
  const { run, batchWaits, lines } = setup();
  await run(async () => {
    batchWaits(9.876);
    return { name: 'forward', dispatched: 1 };
  });
  await run(async () => ({ name: 'forward', dispatched: 1 }));
  assert.deepEqual(
    lines().map(({ batch_wait_ms }) => batch_wait_ms),
    [9.88, undefined],
  );
});

test('the line of a hop contains the size of its batch, and whether it was called alone', async () => {
  const { run, calls: observer, lines } = setup();
  const fault = { code: 'runtime_crashed', message: 'gone' } as const;
  const failed: Reply = { kind: 'failed', fault, retryable: false };
  const answered: Reply = { kind: 'answered', items: [], sizeBytes: 42 };
  /** A hop with calls in batches of these sizes. */
  const runCalls = (...calls: readonly (readonly [size: number, reply: Reply])[]) =>
    run(async ({ envelope }) => {
      const request = { envelope, actor: 'infer', attempt: 1, timeoutMs: 1, context: {} };
      for (const [size, reply] of calls) observer({ ...request, batch: { size } }, reply, 10);
      return { name: 'forward', dispatched: 1 };
    });
  await runCalls([1, answered]);
  await runCalls([8, answered]);
  await runCalls([8, failed], [1, answered]);
  assert.deepEqual(
    lines().map(({ batch, alone, runtime_ms, reply_bytes }) => [
      batch,
      alone,
      runtime_ms,
      reply_bytes,
    ]),
    [
      [undefined, undefined, 10, 42],
      [8, undefined, 10, 42],
      [8, true, 20, 42],
    ],
  );
});

test('a hop has a destination if all its confirmed publishes have the same', async () => {
  const { run, publishes, lines } = setup();
  const deliver = observePublishes(
    [publishes],
    strictGuard,
  )(async ({ to }) => {
    if (to === 'absent') throw new Error('no queue');
  });
  const publishTo = (...queues: string[]): Promise<unknown> =>
    run(async () => {
      for (const to of queues) await deliver(publishOf(to)).catch(() => {});
      return { name: 'fanout', dispatched: queues.length };
    });
  await publishTo('post', 'post');
  await publishTo('absent', 'error-end');
  await publishTo('post', 'audit');
  assert.deepEqual(
    lines().map(({ destination }) => destination),
    ['post', 'error-end', undefined],
  );
});

test('a call that did not reach the runtime is no time in the runtime', async () => {
  const { run, calls: observer, lines } = setup();
  const calls: Runtime = observeReplies(
    [observer],
    strictGuard,
  )({
    call: async () => ({ kind: 'absent', reason: 'no socket' }),
    close: async () => {},
  });
  await run(async ({ envelope }) => {
    await calls.call({ envelope, actor: 'infer', attempt: 1, timeoutMs: 1, context: {} });
    return { name: 'give_back', dispatched: 0, giveBack: 'runtime_absent' };
  });
  assert.equal(lines()[0]?.['reason'], 'runtime_absent');
  assert.equal(lines()[0]?.['runtime_ms'], undefined);
});

test('a publisher whose clock is ahead never makes the wait negative', async () => {
  const { run, lines } = setup();
  await run(async () => ({ name: 'forward', dispatched: 1 }), {
    headers: { 'asya-published-at': Date.now() + 3_600_000 },
  });
  assert.equal(lines()[0]?.['wait_ms'], 0);
});

test('the outcome of a hop decides the level of its line', async () => {
  const { run, lines } = setup();
  const fault = {
    code: 'runtime_error',
    message: 'boom',
    type: 'ValueError',
    traceback: 'line 1',
  } as const;
  const endings: Settled[] = [
    { name: 'end', dispatched: 0 },
    { name: 'retry', dispatched: 0, fault, deferral: true },
    { name: 'retry', dispatched: 0, fault },
    { name: 'retry', dispatched: 0, fault, deferral: true, probe: true },
    { name: 'retry', dispatched: 0, fault, deferral: true, alone: true },
    { name: 'give_back', dispatched: 0, giveBack: 'draining' },
    { name: 'error_end', dispatched: 1, fault },
  ];
  for (const settled of endings) await run(async () => settled);
  assert.deepEqual(
    lines().map(({ level }) => level),
    ['info', 'info', 'warn', 'warn', 'warn', 'warn', 'error'],
  );
  assert.equal(lines()[3]?.['probe'], true);
  assert.equal(lines()[4]?.['reason'], 'alone');
  assert.equal(lines()[5]?.['reason'], 'draining');
  assert.equal(lines()[6]?.['code'], 'runtime_error');
  assert.deepEqual(lines()[6]?.['err'], { type: 'ValueError', message: 'boom', stack: 'line 1' });
});

test('passwords of URLs are redacted in all fields', () => {
  const { log, written } = setup();
  const url = 'amqps://user:hunter2@broker-1:5671/vhost';
  log.warn(
    { url, nested: [{ url }], err: new Error(`cannot reach ${url}`) },
    `tried ${url},${url}`,
  );
  assert.equal(written.length, 1);
  assert.doesNotMatch(written[0] ?? '', /hunter2/);
  assert.match(written[0] ?? '', /amqps:\/\/user:\*\*\*@broker-1:5671\/vhost,amqps/);
});

test('the format "pretty" writes lines for people', () => {
  const { log, written } = setup('pretty');
  log.warn('consuming resumed');
  assert.match(written.join(''), /^\d\d:\d\d:\d\d WARN infer consuming resumed\n$/);
});
