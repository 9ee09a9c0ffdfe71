import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, test, type TestContext } from 'node:test';
import { createMemoryBroker, type MemoryControl } from '../../src/transport/memory/broker.ts';
import { openMemory } from '../../src/transport/memory/memory.ts';
import { TRANSPORT_HEADER } from '../../src/transport/message.ts';
import { MINUTE, SECOND } from '../../src/units.ts';
import { until, within } from '../kit/processes/until.ts';
import { decode, openRig, type Rig, type RigOptions } from '../kit/rigs/rig.ts';

/** Long enough that a batch is called only when it is full or when nothing more can arrive. */
const NEVER_MS = 10 * MINUTE;

/** Batches under failures, and under the parts that protect a runtime, on a memory broker. */
describe('batches under faults', { concurrency: 4, timeout: 240_000 }, () => {
  test('after a connection loss during the call, the redeliveries join it', async (t) => {
    const { rig, control } = await setup(t, { script: () => 'hang' });
    for (const payload of ['a', 'b', 'c']) await rig.send(rig.envelope(payload));
    await until(() => rig.runtime.calls.length === 1, 'the call');
    for (let cuts = 0; cuts < 3; cuts++) cut(control);
    await until(() => rig.health.inFlight > 3, 'the redeliveries');
    rig.runtime.release('[1,2,3]');
    await until(() => rig.next.arrived.length === 3 && rig.health.inFlight === 0, 'the replies');
    assert.equal(rig.runtime.calls.length, 1);
    assert.equal(rig.next.arrived.length, 3);
  });

  test('after a connection loss, redeliveries join the items that wait for others', async (t) => {
    const { rig, control } = await setup(t);
    for (const payload of ['a', 'b']) await rig.send(rig.envelope(payload));
    await until(() => rig.health.inFlight === 2, 'two waiting envelopes');
    cut(control);
    await until(() => rig.health.inFlight === 4, 'their redeliveries');
    await rig.send(rig.envelope('c'));
    await until(() => rig.next.arrived.length === 3, 'all envelopes');
    assert.deepEqual(rig.runtime.calls, ['["a","b","c"]']);
  });

  test('a batch does not wait for deliveries whose place redeliveries have taken', async (t) => {
    const { rig, control } = await setup(t, {
      size: 4,
      prefetch: 6,
      concurrency: 2,
      script: (text, call) => (call === 1 ? 'hang' : text),
    });
    for (const payload of ['a', 'b', 'c', 'd']) await rig.send(rig.envelope(payload));
    await until(() => rig.runtime.calls.length === 1, 'the call');
    cut(control);
    await until(() => rig.health.joined === 4, 'the redeliveries');
    for (const payload of ['e', 'f']) await rig.send(rig.envelope(payload));
    await until(() => rig.next.arrived.length === 2, 'the other envelopes');
    assert.equal(rig.runtime.calls[1], '["e","f"]');
    rig.runtime.release('[1,2,3,4]');
    await until(() => rig.next.arrived.length === 6, 'all envelopes');
  });

  test('suspects are batches of one, and the messages delivered with them pass', async (t) => {
    const { rig } = await setup(t);
    const suspect = { [TRANSPORT_HEADER.attempt]: 3, [TRANSPORT_HEADER.alone]: true };
    await rig.send(rig.envelope('suspect'), suspect);
    for (const payload of ['b', 'c']) await rig.send(rig.envelope(payload));
    await until(() => rig.next.arrived.length === 3, 'all envelopes', 10_000);
    assert.ok(rig.runtime.calls.includes('["suspect"]'), rig.runtime.calls.join(' '));
  });

  test('an envelope that may have crashed with another slot spends no attempt', async (t) => {
    const { rig } = await setup(t, {
      size: 2,
      concurrency: 2,
      prefetch: 4,
      waitMs: 1,
      script: (text, call) => (call <= 2 ? 'die' : text),
      config: { retry: { maxAttempts: 2 } },
    });
    await rig.send(rig.envelope('innocent'));
    const passed = await within(rig.next.take(), 'the envelope');
    assert.equal(passed.headers[TRANSPORT_HEADER.alone], undefined);
    assert.equal(rig.errorEnd.arrived.length, 0);
    assert.equal(rig.runtime.calls.length, 3, 'only the second call has spent an attempt');
  });

  for (const maxAttempts of [1, 2]) {
    test(`each crash of a call alone is one of ${maxAttempts} attempts`, async (t) => {
      const { rig } = await setup(t, {
        size: 2,
        concurrency: 2,
        prefetch: 4,
        script: (text) => (text.includes('poison') ? 'die' : text),
        config: { retry: { maxAttempts } },
      });
      for (const payload of ['a', 'poison', 'c', 'd']) await rig.send(rig.envelope(payload));
      await until(() => rig.next.arrived.length === 3, 'the others', 10_000);
      const failed = decode(await within(rig.errorEnd.take(), 'the poison'));
      const { details } = failed['payload'] as { details: Record<string, unknown> };
      assert.deepEqual([details['code'], details['attempt']], ['runtime_crashed', maxAttempts]);
      const alone = rig.runtime.calls.filter((text) => text === '["poison"]');
      assert.equal(alone.length, 1 + maxAttempts, 'one call is repeated alone');
    });
  }

  test('a rate limit that permits no call alone does not form the failed batch again', async (t) => {
    const { rig } = await setup(t, {
      size: 2,
      script: (text, call) => (call === 1 ? '[]' : text),
      config: { rateLimit: { count: 2, windowMs: 10 * MINUTE } },
    });
    for (const payload of ['a', 'b']) await rig.send(rig.envelope(payload));
    await until(() => rig.next.arrived.length === 1, 'the first envelope');
    await until(() => rig.health.inFlight === 0, 'the other one waits in the retry queue');
    await rig.stop();
    await rig.start();
    await until(() => rig.next.arrived.length === 2, 'the other envelope', 10_000);
    assert.deepEqual(rig.runtime.calls, ['["a","b"]', '["a"]', '["b"]']);
  });

  test('the probe of a circuit breaker is a batch of one', async (t) => {
    const { rig } = await setup(t, {
      size: 2,
      script: () => '{"error":"down","message":"no model"}',
      config: { breaker: { errorRate: 0.5, minHops: 2, windowMs: MINUTE, cooldownMs: 50 } },
    });
    for (const payload of ['a', 'b', 'c', 'd']) await rig.send(rig.envelope(payload));
    await until(() => rig.health.paused.has('breaker'), 'the breaker is open');
    rig.runtime.script = (text) => text;
    const before = rig.runtime.calls.length;
    await until(() => rig.next.arrived.length >= 2, 'the other envelopes');
    const [probe = ''] = rig.runtime.calls.slice(before);
    assert.equal((JSON.parse(probe) as unknown[]).length, 1);
  });

  test('the items of a failed batch are given back when the breaker opens', async (t) => {
    const { rig } = await setup(t, {
      size: 4,
      script: () => '{"error":"down","message":"no model"}',
      config: {
        breaker: { errorRate: 0.5, minHops: 2, windowMs: MINUTE, cooldownMs: 10 * MINUTE },
      },
    });
    for (const payload of ['a', 'b', 'c', 'd']) await rig.send(rig.envelope(payload));
    await until(() => rig.health.inFlight === 0 && rig.errorEnd.arrived.length > 0, 'the pause');
    assert.deepEqual(rig.runtime.calls, ['["a","b","c","d"]', '["a"]', '["b"]']);
    assert.equal(rig.errorEnd.arrived.length, 1, 'the call that opens it is given back');
  });

  test('the rate limit counts calls', async (t) => {
    const startedAtMs: number[] = [];
    const { rig } = await setup(t, {
      prefetch: 6,
      script(text) {
        startedAtMs.push(performance.now());
        return text;
      },
      config: { rateLimit: { count: 1, windowMs: 300 } },
    });
    for (let n = 0; n < 9; n++) await rig.send(rig.envelope(n));
    await until(() => rig.next.arrived.length === 9, 'all envelopes');
    assert.equal(startedAtMs.length, 3);
    const [first = 0, second = 0, third = 0] = startedAtMs;
    assert.ok(second - first >= 290 && third - second >= 290, startedAtMs.join());
  });

  test('items wait for the rate limit to be called alone', async (t) => {
    const { rig } = await setup(t, {
      size: 2,
      script: (text, call) => (call === 1 ? '[]' : text),
      config: { rateLimit: { count: 1, windowMs: 100 } },
    });
    for (const payload of ['a', 'b']) await rig.send(rig.envelope(payload));
    await until(() => rig.next.arrived.length === 2, 'all envelopes');
    assert.deepEqual(rig.runtime.calls, ['["a","b"]', '["a"]', '["b"]']);
  });

  test('the items of a crashed batch wait for the restart and are not given back', async (t) => {
    const { rig } = await setup(t, { script: (text, call) => (call === 1 ? 'hang' : text) });
    for (const payload of ['a', 'b', 'c']) await rig.send(rig.envelope(payload));
    await until(() => rig.runtime.calls.length === 1, 'the call');
    await rig.runtime.stop();
    await until(() => rig.health.paused.has('runtime_absent'), 'the absence');
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    assert.equal(rig.health.inFlight, 3);
    await rig.runtime.start();
    await until(() => rig.next.arrived.length === 3, 'all envelopes', 10_000);
    assert.deepEqual(rig.runtime.calls.slice(1), ['["a"]', '["b"]', '["c"]']);
  });

  test('a drain gives the items of a crashed batch back while the runtime is absent', async (t) => {
    const { rig } = await setup(t, { script: (text, call) => (call === 1 ? 'hang' : text) });
    for (const payload of ['a', 'b', 'c']) await rig.send(rig.envelope(payload));
    await until(() => rig.runtime.calls.length === 1, 'the call');
    await rig.runtime.stop();
    await until(() => rig.health.paused.has('runtime_absent'), 'the absence');
    assert.equal(await rig.sidecar.drain(10 * SECOND), 0);
    await rig.stop();
    await rig.runtime.start();
    await rig.start();
    await until(() => rig.next.arrived.length === 3, 'all envelopes', 10_000);
    assert.equal(rig.errorEnd.arrived.length, 0);
  });

  test('a retried envelope joins a later batch with its next attempt', async (t) => {
    const flaky = '{"error":"flaky","message":"again","retryable":true}';
    const { rig } = await setup(t, {
      size: 2,
      protocol: 'http',
      script: (text, call) => (call === 1 ? `[${flaky},1]` : text),
    });
    for (const payload of ['a', 'b']) await rig.send(rig.envelope(payload));
    await until(() => rig.next.arrived.length === 1, 'the other envelope');
    await rig.send(rig.envelope('c'));
    await until(() => rig.next.arrived.length === 3, 'all envelopes');
    const payloads = rig.next.arrived.map((delivery) => decode(delivery)['payload']);
    assert.deepEqual(new Set(payloads), new Set([1, 'a', 'c']));
    assert.equal(rig.runtime.calls.length, 2);
  });
});

interface SetupOptions extends Omit<RigOptions, 'open' | 'script'> {
  /** @default each payload is its own reply */
  readonly script?: RigOptions['script'];
  readonly size?: number;
  readonly prefetch?: number;
  readonly waitMs?: number;
}

async function setup(
  t: TestContext,
  { size = 3, prefetch = size, waitMs = NEVER_MS, ...options }: SetupOptions = {},
): Promise<{ rig: Rig; control: MemoryControl }> {
  const broker = createMemoryBroker();
  const { script = (text) => text } = options;
  const batch = { size, waitMs, maxBytes: 1_000_000 };
  const rig = await openRig({
    open: (topology, onState) => openMemory({ broker, topology, onState }),
    ...options,
    script,
    config: { prefetch, batch, ...options.config },
  });
  t.after(() => rig.close());
  return { rig, control: broker.control };
}

function cut(control: MemoryControl): void {
  control.disconnect();
  control.reconnect();
}
