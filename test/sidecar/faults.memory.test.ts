import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { openMemory } from '../../src/transport/memory/memory.ts';
import { createMemoryBroker, type MemoryControl } from '../../src/transport/memory/broker.ts';
import { decode, openRig, type Rig, type RigOptions } from '../kit/rigs/rig.ts';
import { until, within } from '../kit/processes/until.ts';

const LAST = 'the last one';

/**
 * What becomes of a hop when the broker or the runtime fails, on a broker that fails when it is
 * told to.
 */
describe('a hop under faults', { concurrency: 4, timeout: 60_000 }, () => {
  test('a connection cut during the call: the redelivery joins, and the runtime is asked once', async (t) => {
    const { rig, control } = await setup(t, { script: () => 'hang' });
    await rig.send(rig.envelope('x', { id: 'env-1' }));
    await until(() => rig.runtime.calls.length === 1, 'the call');
    for (let cuts = 0; cuts < 4; cuts++) cut(control);
    rig.runtime.release('"paid for once"');
    assert.equal(decode(await within(rig.next.take(), 'the envelope'))['payload'], 'paid for once');
    await settled(rig);
    assert.equal(callsOf(rig), 1);
    assert.equal(rig.next.arrived.length, 1);
  });

  test('a connection cut after the reply and before the confirm: the reply is sent, not asked for again', async (t) => {
    const { rig, control } = await setup(t, { script: () => '"answered"' });
    await rig.send(rig.envelope('x'));
    control.block();
    await until(() => rig.runtime.calls.length === 1, 'the call');
    cut(control);
    control.unblock();
    await within(rig.next.take(), 'the envelope');
    await settled(rig);
    assert.equal(callsOf(rig), 1);
  });

  test('a redelivery that comes after everything was confirmed is only acknowledged', async (t) => {
    const { rig, control } = await setup(t, { script: () => 'hang' });
    await rig.send(rig.envelope('x'));
    await until(() => rig.runtime.calls.length === 1, 'the call');
    control.disconnect();
    rig.runtime.release('"once"');
    control.reconnect();
    await within(rig.next.take(), 'the envelope');
    await settled(rig);
    cut(control);
    await settled(rig);
    assert.equal(callsOf(rig), 1);
    assert.equal(rig.next.arrived.length, 1);
  });

  for (const code of ['unconfirmed', 'lost'] as const) {
    test(`what the broker leaves ${code} is held and sent again, without another call`, async (t) => {
      const { rig, control } = await setup(t, { script: () => '"ok"' });
      await rig.send(rig.envelope('x'));
      control.failSends(3, code);
      await until(() => (rig.health.held.get(code) ?? 0) === 1, 'held');
      await within(rig.next.take(), 'the envelope');
      await until(() => rig.health.held.get(code) === 0, 'nothing is held');
      assert.equal(rig.runtime.calls.length, 1);
    });
  }

  test('what is held counts as held for the latest reason, also while it is being sent again', async (t) => {
    const seen: Record<string, number>[] = [];
    const broker = createMemoryBroker();
    const { rig } = await setup(t, {
      script: () => '"ok"',
      open: async (topology, onState) => {
        const transport = await openMemory({ broker, topology, onState });
        return {
          ...transport,
          send: (...message) => {
            seen.push(Object.fromEntries([...rig.health.held].filter(([, count]) => count > 0)));
            return transport.send(...message);
          },
        };
      },
    });
    await rig.send(rig.envelope('x'));
    broker.control.failSends(1, 'unconfirmed');
    broker.control.failSends(1, 'lost');
    await within(rig.next.take(), 'the envelope');
    await until(() => rig.health.held.get('lost') === 0, 'nothing is held');
    // The first send is the test's own.
    assert.deepEqual(seen.slice(1), [{}, { unconfirmed: 1 }, { lost: 1 }]);
  });

  test('of a fan-out only what is not confirmed is sent again', async (t) => {
    const { rig, control } = await setup(t, { script: () => '[1,2,3]' });
    await rig.send(rig.envelope('x'));
    control.failSends(1, 'unconfirmed');
    await until(() => rig.next.arrived.length === 3, 'the three children');
    await settled(rig);
    const payloads = rig.next.arrived.map((delivery) => decode(delivery)['payload']);
    assert.deepEqual(new Set(payloads), new Set([1, 2, 3]));
    assert.equal(payloads.length, 3);
  });

  test('an error-end that is not there holds the error envelope until it is', async (t) => {
    const { rig, control } = await setup(t, { script: () => '{"error": "e", "message": "m"}' });
    await rig.send(rig.envelope('x'));
    control.failSends(2, 'unroutable');
    await until(() => (rig.health.held.get('unroutable') ?? 0) === 1, 'held');
    await within(rig.errorEnd.take(), 'the error envelope');
    assert.equal(rig.runtime.calls.length, 1);
  });

  test('a retry queue that is not there holds the retry until it is', async (t) => {
    const error = '{"error": "e", "message": "m", "retryable": true}';
    const { rig, control } = await setup(t, { script: (_, call) => (call === 1 ? error : '"ok"') });
    await rig.send(rig.envelope('x'));
    control.failSends(2, 'unroutable');
    await within(rig.next.take(), 'the envelope');
    assert.equal(rig.runtime.calls.length, 2);
  });

  test('a refused dispatch is sent on later, without asking the runtime again', async (t) => {
    const { rig, control } = await setup(t, { script: () => '"answered"' });
    await rig.send(rig.envelope('x'));
    control.failSends(1, 'refused');
    assert.equal(decode(await within(rig.next.take(), 'the envelope'))['payload'], 'answered');
    await settled(rig);
    assert.equal(callsOf(rig), 1);
    assert.equal(rig.errorEnd.arrived.length, 0);
    assert.equal(rig.health.held.size, 0, 'it waited in the retry queue');
  });

  test('a dispatch that its retry queue refuses too ends in error-end, with what was received', async (t) => {
    const { rig, control } = await setup(t, { script: () => '["first", "too large"]' });
    await rig.send(rig.envelope('received', { id: 'env-1' }));
    control.failSends(4, 'refused');
    const arrived = [await rejected(rig), await rejected(rig)];
    assert.deepEqual(arrived.map(({ id }) => String(id)).toSorted(), ['env-1', 'env-1.0.1']);
    for (const envelope of arrived) {
      assert.equal(envelope.payload.details['code'], 'publish_refused');
      assert.equal(envelope.payload.original_payload, 'received');
      assert.deepEqual(envelope.route, { actors: [rig.names.actor, rig.names.next], current: 0 });
    }
    await settled(rig);
    assert.equal(callsOf(rig), 1);
  });

  test('a dispatch that is refused at each attempt ends in error-end, its route one step on', async (t) => {
    const { rig, control } = await setup(t, {
      script: () => '"answered"',
      config: { retry: { maxAttempts: 1 } },
    });
    await rig.send(rig.envelope('x'));
    control.failSends(1, 'refused');
    const arrived = await rejected(rig);
    assert.equal(arrived.payload.details['code'], 'publish_refused');
    assert.equal(arrived.payload.original_payload, 'answered');
    assert.deepEqual(arrived.route, { actors: [rig.names.actor, rig.names.next], current: 1 });
  });

  test('what the broker refuses everywhere is held, and goes on once it is permitted', async (t) => {
    const { rig, control } = await setup(t, { script: () => '"answered"' });
    await rig.send(rig.envelope('x'));
    control.failSends(5, 'refused');
    await until(() => (rig.health.held.get('refused') ?? 0) === 1, 'held');
    assert.equal(decode(await within(rig.next.take(), 'the envelope'))['payload'], 'answered');
    await settled(rig);
    assert.equal(callsOf(rig), 1);
    assert.equal(rig.errorEnd.arrived.length, 0);
  });

  test('an error-end that refuses the error envelope holds it until it takes it', async (t) => {
    const { rig, control } = await setup(t, { script: () => '{"error": "e", "message": "m"}' });
    await rig.send(rig.envelope('x'));
    control.failSends(2, 'refused');
    await until(() => (rig.health.held.get('refused') ?? 0) === 1, 'held');
    await within(rig.errorEnd.take(), 'the error envelope');
    assert.equal(rig.runtime.calls.length, 1);
  });

  test('a message that was delivered too often without being settled ends at error-end', async (t) => {
    const { rig, control } = await setup(t, {
      script: () => 'hang',
      config: { maxRedeliveries: 2, retry: { maxAttempts: 1 } },
    });
    await rig.send(rig.envelope('poison'));
    for (let crashes = 1; crashes <= 2; crashes++) {
      await until(() => rig.runtime.calls.length === crashes, 'the call');
      await crash(rig, control);
    }
    const details = decode(await within(rig.errorEnd.take(), 'the error envelope'))['payload'];
    assert.match(JSON.stringify(details), /redelivered_too_often/);
  });

  test('what shared as many deaths of a sidecar as are allowed is tried alone, and passes', async (t) => {
    const { rig, control } = await setup(t, {
      concurrency: 4,
      script: () => 'hang',
      config: { maxRedeliveries: 1, retry: { maxAttempts: 1 } },
    });
    for (let n = 0; n < 4; n++) await rig.send(rig.envelope(n));
    await until(() => rig.runtime.calls.length === 4, 'four calls at once');
    let running = 0;
    let most = 0;
    rig.runtime.script = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return '"ok"';
    };
    await crash(rig, control);
    await until(() => rig.next.arrived.length === 4, 'all of them', 30_000);
    assert.equal(most, 1, 'one at a time');
    assert.equal(rig.errorEnd.arrived.length, 0);
  });

  test('suspects are handled alone, their innocent neighbours pass', async (t) => {
    const { rig, control } = await setup(t, { concurrency: 8, script: () => 'hang' });
    for (let n = 0; n < 8; n++) await rig.send(rig.envelope(n));
    for (let crashes = 1; crashes <= 3; crashes++) {
      await until(() => rig.runtime.calls.length === crashes * 8, 'eight calls at once');
      await crash(rig, control);
    }
    let running = 0;
    let most = 0;
    rig.runtime.script = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return '"ok"';
    };
    await until(() => rig.next.arrived.length === 8, 'all of them', 30_000);
    assert.equal(most, 1, 'one at a time');
    assert.equal(rig.errorEnd.arrived.length, 0);
  });

  test('draining finishes what is in flight, and leaves the rest in the queue', async (t) => {
    const { rig, control } = await setup(t, { script: () => 'hang', concurrency: 2 });
    for (let n = 0; n < 5; n++) await rig.send(rig.envelope(n));
    await until(() => rig.runtime.calls.length === 2, 'two calls');
    const drained = rig.sidecar.drain(10_000);
    await until(() => rig.health.paused.has('draining'), 'draining');
    rig.runtime.release('"ok"');
    assert.equal(await within(drained, 'drained'), 0);
    await until(() => rig.next.arrived.length === 2, 'what was in flight');
    assert.equal(rig.runtime.calls.length, 2);
    rig.runtime.script = () => '"ok"';
    await crash(rig, control);
    await until(() => rig.next.arrived.length === 5, 'the rest');
  });

  test('two who drain at once wait for the same', async (t) => {
    const { rig } = await setup(t, { script: () => 'hang' });
    await rig.send(rig.envelope('x'));
    await until(() => rig.runtime.calls.length === 1, 'the call');
    const drained = Promise.all([rig.sidecar.drain(60_000), rig.sidecar.drain(60_000)]);
    await until(() => rig.health.paused.has('draining'), 'draining');
    rig.runtime.release('"ok"');
    assert.deepEqual(await within(drained, 'both drained'), [0, 0]);
  });

  test('a drain that takes too long tells how much was in flight', async (t) => {
    const { rig } = await setup(t, { script: () => 'hang' });
    await rig.send(rig.envelope('x'));
    await until(() => rig.runtime.calls.length === 1, 'the call');
    assert.equal(await rig.sidecar.drain(50), 1);
  });

  test('a runtime that dies while draining counts nothing', async (t) => {
    const { rig, control } = await setup(t, {
      script: () => 'hang',
      config: { retry: { maxAttempts: 1 } },
    });
    await rig.send(rig.envelope('x'));
    await until(() => rig.runtime.calls.length === 1, 'the call');
    const drained = rig.sidecar.drain(10_000);
    await until(() => rig.health.paused.has('draining'), 'draining');
    await rig.runtime.stop();
    assert.equal(await within(drained, 'drained'), 0);
    assert.equal(rig.errorEnd.arrived.length, 0);
    rig.runtime.script = () => '"ok"';
    await rig.runtime.start();
    await crash(rig, control);
    await within(rig.next.take(), 'the envelope');
  });

  test('killing the runtime over and over with 1,000 envelopes queued puts none of them into error-end', async (t) => {
    const { rig } = await setup(t, {
      script: (payload) => payload,
      concurrency: 4,
      config: { retry: { maxAttempts: 5, backoffMs: [5] } },
    });
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => rig.send(rig.envelope(n))));
    for (const share of [100, 300, 500]) {
      await until(() => rig.next.arrived.length >= share, `${share} of them`, 30_000);
      await rig.runtime.stop();
      await until(() => rig.health.paused.has('runtime_absent'), 'paused');
      await rig.runtime.start();
    }
    await until(() => new Set(rig.next.arrived.map(idOf)).size === 1_000, 'all of them', 40_000);
    assert.equal(rig.errorEnd.arrived.length, 0);
  });
});

async function setup(
  t: TestContext,
  options: Omit<RigOptions, 'open'> & Partial<Pick<RigOptions, 'open'>>,
): Promise<{ rig: Rig; control: MemoryControl }> {
  const broker = createMemoryBroker();
  const rig = await openRig({
    open: (topology, onState) => openMemory({ broker, topology, onState }),
    ...options,
  });
  t.after(() => rig.close());
  return { rig, control: broker.control };
}

function cut(control: MemoryControl): void {
  control.disconnect();
  control.reconnect();
}

/** The queue is empty and nothing is in flight: another envelope has passed. */
async function settled(rig: Rig): Promise<void> {
  const arrived = rig.happyEnd.arrived.length;
  rig.runtime.script = () => 'null';
  await rig.send(rig.envelope(LAST));
  await until(() => rig.happyEnd.arrived.length > arrived, 'the last envelope');
}

/** How often the runtime was asked, for what the test is about. */
function callsOf(rig: Rig): number {
  return rig.runtime.calls.filter((payload) => payload !== JSON.stringify(LAST)).length;
}

interface Rejected {
  readonly id: unknown;
  readonly route: unknown;
  readonly payload: {
    readonly details: Record<string, unknown>;
    readonly original_payload: unknown;
  };
}

async function rejected(rig: Rig): Promise<Rejected> {
  return decode(await within(rig.errorEnd.take(), 'the error envelope')) as unknown as Rejected;
}

/** The process dies with what it has in hand, and another one takes its place. */
async function crash(rig: Rig, control: MemoryControl): Promise<void> {
  control.disconnect();
  await rig.stop();
  control.reconnect();
  await rig.start();
}

function idOf(delivery: Parameters<typeof decode>[0]): unknown {
  return decode(delivery)['id'];
}
