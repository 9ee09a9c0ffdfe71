import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { problemsOf } from '../../../src/sidecar/health.ts';
import { TRANSPORT_HEADER } from '../../../src/transport/message.ts';
import { createMemoryBroker, type MemoryControl } from '../../../src/transport/memory/broker.ts';
import { openMemory } from '../../../src/transport/memory/memory.ts';
import { MINUTE } from '../../../src/units.ts';
import { until, within } from '../../kit/processes/until.ts';
import { decode, openRig, type Rig, type RigOptions } from '../../kit/rigs/rig.ts';

const BREAKER = { errorRate: 0.5, minHops: 2, windowMs: MINUTE, cooldownMs: 50 };
const ERROR = '{"error": "http_500", "message": "out\\nof memory"}';

/** The circuit breaker of a sidecar with a runtime, on a memory broker. */
describe('the circuit breaker', { concurrency: 4, timeout: 240_000 }, () => {
  test('while it is open, nothing is consumed, and readiness names the last error', async (t) => {
    const { rig } = await setup(t, { script: () => ERROR, cooldownMs: 10 * MINUTE });
    for (let n = 0; n < 5; n++) await rig.send(rig.envelope(n));
    await until(() => rig.health.paused.has('breaker'), 'the breaker is open');
    assert.match(
      problemsOf(rig.health).join(),
      /^circuit breaker: open, 2 of 2 calls failed \(runtime_error: out of memory\); next probe at \d{4}-/,
    );
    await turns();
    assert.equal(rig.runtime.calls.length, 2);
    assert.equal(rig.errorEnd.arrived.length, 1, 'the call that opens it is given back');
  });

  test('answers to calls in flight are sent to the next actor', async (t) => {
    const { rig } = await setup(t, {
      script: (payload) => (payload === '"slow"' ? 'hang' : ERROR),
      concurrency: 4,
      cooldownMs: 10 * MINUTE,
    });
    await rig.send(rig.envelope('slow'));
    await until(() => rig.runtime.calls.length === 1, 'the slow call');
    await rig.send(rig.envelope(1));
    await rig.send(rig.envelope(2));
    await until(() => rig.health.paused.has('breaker'), 'the breaker is open');
    rig.runtime.release('"answered"');
    const envelope = decode(await within(rig.next.take(), 'the slow envelope'));
    assert.equal(envelope['payload'], 'answered');
    assert.ok(rig.health.paused.has('breaker'), 'it is not a probe');
  });

  test('a call in flight that fails after the breaker has closed is given back and called again', async (t) => {
    const { rig } = await setup(t, {
      script: (payload, call) => (payload === '"slow"' && call === 1 ? 'hang' : ERROR),
      concurrency: 4,
    });
    await rig.send(rig.envelope('slow', { id: 'slow' }));
    await until(() => rig.runtime.calls.length === 1, 'the slow call');
    await rig.send(rig.envelope(1));
    await rig.send(rig.envelope(2));
    await until(() => rig.health.paused.has('breaker'), 'the breaker is open');
    rig.runtime.script = () => '"answered"';
    await until(() => rig.next.arrived.length === 1, 'the probe');
    await until(() => rig.health.paused.size === 0, 'the breaker is closed');
    rig.runtime.release(ERROR);
    await until(() => rig.next.arrived.length === 2, 'the slow envelope');
    assert.equal(rig.errorEnd.arrived.length, 1);
  });

  test('after a failed probe another envelope probes', async (t) => {
    const { rig } = await setup(t, { script: () => ERROR });
    for (let n = 0; n < 6; n++) await rig.send(rig.envelope(n));
    await until(() => rig.runtime.calls.length >= 5, 'three probes');
    const probes = rig.runtime.calls.slice(2, 5);
    assert.equal(new Set(probes).size, 3, probes.join());
  });

  test('an answered probe closes the breaker, and calls are concurrent again', async (t) => {
    const { rig } = await setup(t, { script: () => 'hang', concurrency: 4 });
    for (let n = 0; n < 8; n++) await rig.send(rig.envelope(n));
    await until(() => rig.runtime.calls.length === 4, 'four calls at once');
    rig.runtime.release(ERROR);
    await until(() => rig.runtime.calls.length === 5, 'the probe');
    await turns();
    assert.equal(rig.runtime.calls.length, 5, 'it probes alone');
    rig.runtime.release('"answered"');
    await until(() => rig.runtime.calls.length === 9, 'four calls at once');
    assert.equal(rig.health.paused.size, 0);
    rig.runtime.script = () => '"answered"';
    rig.runtime.release('"answered"');
    await until(() => rig.next.arrived.length + rig.errorEnd.arrived.length === 8, 'all');
  });

  test('an envelope that is rejected without a call is not a probe; the next one probes', async (t) => {
    const { rig } = await setup(t, { script: () => ERROR });
    const past = { 'x-asya-deadline': new Date(Date.now() - MINUTE).toISOString() };
    await rig.send(rig.envelope(1));
    await rig.send(rig.envelope(2));
    await until(() => rig.health.paused.has('breaker'), 'the breaker is open');
    rig.runtime.script = () => '"answered"';
    await rig.send(Buffer.from('no envelope'));
    await rig.send(rig.envelope('overdue', { headers: past }));
    await rig.send(rig.envelope(3));
    await until(() => rig.next.arrived.length === 2, 'the envelopes given back and sent last');
    assert.equal(rig.errorEnd.arrived.length, 3);
    assert.equal(rig.health.paused.size, 0);
  });

  test('a probe whose runtime dies decides nothing; the next envelope probes', async (t) => {
    const { rig } = await setup(t, { script: () => ERROR });
    await rig.send(rig.envelope(1));
    await rig.send(rig.envelope(2));
    await until(() => rig.health.paused.has('breaker'), 'the breaker is open');
    const { length } = rig.runtime.calls;
    rig.runtime.script = (_, call) => (call === length + 1 ? 'die' : '"answered"');
    await until(() => rig.next.arrived.length === 1, 'the envelope after its retry');
    assert.equal(rig.runtime.calls.length, length + 2);
    assert.equal(rig.health.paused.size, 0);
  });

  test('a runtime that hangs opens the breaker, and is probed once it has finished its calls', async (t) => {
    const { rig } = await setup(t, { script: () => 'hang', concurrency: 2, timeoutMs: 60 });
    for (let n = 0; n < 4; n++) await rig.send(rig.envelope(n));
    await until(() => rig.health.paused.has('runtime_absent'), 'every slot is taken');
    assert.match(rig.health.breaker, /\(runtime_timeout: the runtime did not reply within 60 ms/);
    await until(() => !rig.health.paused.has('breaker'), 'the cool-down is over');
    assert.equal(rig.runtime.calls.length, 2);
    rig.runtime.script = () => '"answered"';
    rig.runtime.release('"too late"');
    await until(() => rig.next.arrived.length === 3, 'all envelopes but the first');
    assert.equal(rig.errorEnd.arrived.length, 1);
    assert.equal(rig.health.paused.size, 0);
  });

  test('an absence of the runtime and an open breaker end independently of each other', async (t) => {
    const { rig } = await setup(t, { script: () => ERROR });
    await rig.send(rig.envelope(1));
    await rig.send(rig.envelope(2));
    await until(() => rig.health.paused.has('breaker'), 'the breaker is open');
    await rig.runtime.stop();
    await until(() => rig.health.paused.has('runtime_absent'), 'the runtime is absent');
    rig.runtime.script = () => '"answered"';
    await until(() => !rig.health.paused.has('breaker'), 'the cool-down is over');
    await rig.runtime.start();
    await until(() => rig.next.arrived.length === 1, 'the envelope');
    assert.equal(rig.health.paused.size, 0);
  });

  test('a suspect that probes is isolated, and so is its retry', async (t) => {
    const { rig } = await setup(t, { script: () => ERROR, concurrency: 4 });
    const alone = { [TRANSPORT_HEADER.alone]: true };
    for (let n = 0; n < 3; n++) await rig.send(rig.envelope(n), alone);
    await until(() => rig.runtime.calls.length >= 4, 'two probes');
    rig.runtime.script = () => '"answered"';
    for (let n = 3; n < 20; n++) await rig.send(rig.envelope(n));
    await until(() => rig.next.arrived.length === 19, 'all envelopes but the first');
    assert.equal(rig.errorEnd.arrived.length, 1);
    assert.equal(rig.health.paused.size, 0);
  });

  test('a drain while a probe runs finishes the probe and does not resume consuming', async (t) => {
    const { rig } = await setup(t, { script: () => ERROR });
    for (let n = 0; n < 4; n++) await rig.send(rig.envelope(n));
    await until(() => rig.health.paused.has('breaker'), 'the breaker is open');
    const { length } = rig.runtime.calls;
    rig.runtime.script = () => 'hang';
    await until(() => rig.runtime.calls.length > length, 'the probe');
    const drained = rig.sidecar.drain(10_000);
    rig.runtime.release('"answered"');
    assert.equal(await within(drained, 'drained'), 0);
    await until(() => rig.next.arrived.length === 1, 'the envelope of the probe');
    assert.deepEqual([...rig.health.paused], ['draining']);
    assert.equal(rig.runtime.calls.length, length + 1);
  });

  test('a redelivery of a running probe joins it, and its retry is called again', async (t) => {
    const { rig, control } = await setup(t, { script: () => ERROR });
    await rig.send(rig.envelope(1));
    await rig.send(rig.envelope(2, { id: 'probed' }));
    await until(() => rig.health.paused.has('breaker'), 'the breaker is open');
    const { length } = rig.runtime.calls;
    rig.runtime.script = () => 'hang';
    await until(() => rig.runtime.calls.length > length, 'the probe');
    control.disconnect();
    control.reconnect();
    await turns();
    rig.runtime.script = () => '"answered"';
    rig.runtime.release(ERROR);
    assert.equal(decode(await within(rig.next.take(), 'the envelope'))['id'], 'probed');
    assert.equal(rig.runtime.calls.length, length + 2);
  });
});

interface SetupOptions extends Pick<RigOptions, 'script' | 'concurrency'> {
  readonly cooldownMs?: number;
  readonly timeoutMs?: number;
}

async function setup(
  t: TestContext,
  { cooldownMs = BREAKER.cooldownMs, timeoutMs = 5_000, ...options }: SetupOptions,
): Promise<{ rig: Rig; control: MemoryControl }> {
  const broker = createMemoryBroker();
  const rig = await openRig({
    open: (topology, onState) => openMemory({ broker, topology, onState }),
    config: { breaker: { ...BREAKER, cooldownMs }, runtime: { timeoutMs } },
    ...options,
  });
  t.after(() => rig.close());
  return { rig, control: broker.control };
}

/** Resolves after some turns of the event loop, in which unwanted deliveries would arrive. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}
