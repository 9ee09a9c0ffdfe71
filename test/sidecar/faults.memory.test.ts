import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { openMemory } from '../../src/transport/memory/memory.ts';
import { createMemoryBroker, type MemoryControl } from '../../src/transport/memory/broker.ts';
import { decode, openRig, type Rig, type RigOptions } from '../kit/rigs/rig.ts';
import { until, within } from '../kit/processes/until.ts';

const LAST = 'the last one';

/**
 * Hops under failures of the broker or the runtime, on a memory broker that fails at the test's
 * request.
 */
describe('a hop under faults', { concurrency: 4, timeout: 240_000 }, () => {
  test('after a connection loss during the call the redelivery joins it, and the runtime is called once', async (t) => {
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

  test('after a connection loss between reply and confirm the reply is sent again without another call', async (t) => {
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

  test('a redelivery after all confirms is acknowledged without another call', async (t) => {
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
    test(`a ${code} dispatch is held and sent again without another call`, async (t) => {
      const { rig, control } = await setup(t, { script: () => '"ok"' });
      await rig.send(rig.envelope('x'));
      control.failSends(3, code);
      await until(() => (rig.health.held.get(code) ?? 0) === 1, 'held');
      await within(rig.next.take(), 'the envelope');
      await until(() => rig.health.held.get(code) === 0, 'nothing is held');
      assert.equal(rig.runtime.calls.length, 1);
    });
  }

  test('a held hop counts for its latest reason, also while its dispatch is being sent again', async (t) => {
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
    // The first send is the test's.
    assert.deepEqual(seen.slice(1), [{}, { unconfirmed: 1 }, { lost: 1 }]);
  });

  test('only the unconfirmed dispatches of a fan-out are sent again', async (t) => {
    const { rig, control } = await setup(t, { script: () => '[1,2,3]' });
    await rig.send(rig.envelope('x'));
    control.failSends(1, 'unconfirmed');
    await until(() => rig.next.arrived.length === 3, 'the three children');
    await settled(rig);
    const payloads = rig.next.arrived.map((delivery) => decode(delivery)['payload']);
    assert.deepEqual(new Set(payloads), new Set([1, 2, 3]));
    assert.equal(payloads.length, 3);
  });

  test('an error envelope is held until the queue of error-end exists', async (t) => {
    const { rig, control } = await setup(t, { script: () => '{"error": "e", "message": "m"}' });
    await rig.send(rig.envelope('x'));
    control.failSends(2, 'unroutable');
    await until(() => (rig.health.held.get('unroutable') ?? 0) === 1, 'held');
    await within(rig.errorEnd.take(), 'the error envelope');
    assert.equal(rig.runtime.calls.length, 1);
  });

  test('a retry is held until the retry queue exists', async (t) => {
    const error = '{"error": "e", "message": "m", "retryable": true}';
    const { rig, control } = await setup(t, { script: (_, call) => (call === 1 ? error : '"ok"') });
    await rig.send(rig.envelope('x'));
    control.failSends(2, 'unroutable');
    await within(rig.next.take(), 'the envelope');
    assert.equal(rig.runtime.calls.length, 2);
  });

  test('a refused dispatch is resent later without another call', async (t) => {
    const { rig, control } = await setup(t, { script: () => '"answered"' });
    await rig.send(rig.envelope('x'));
    control.failSends(1, 'refused');
    assert.equal(decode(await within(rig.next.take(), 'the envelope'))['payload'], 'answered');
    await settled(rig);
    assert.equal(callsOf(rig), 1);
    assert.equal(rig.errorEnd.arrived.length, 0);
    assert.equal(rig.health.held.size, 0, 'it waited in the retry queue');
  });

  test('a dispatch that its retry queue refuses too ends in error-end with the received payload', async (t) => {
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

  test('a dispatch refused at each attempt ends in error-end, with its route one step further', async (t) => {
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

  test('a hop whose every publish is refused is held, and continues once publishes are permitted', async (t) => {
    const { rig, control } = await setup(t, { script: () => '"answered"' });
    await rig.send(rig.envelope('x'));
    control.failSends(5, 'refused');
    await until(() => (rig.health.held.get('refused') ?? 0) === 1, 'held');
    assert.equal(decode(await within(rig.next.take(), 'the envelope'))['payload'], 'answered');
    await settled(rig);
    assert.equal(callsOf(rig), 1);
    assert.equal(rig.errorEnd.arrived.length, 0);
  });

  test('a refused error envelope is held until error-end accepts it', async (t) => {
    const { rig, control } = await setup(t, { script: () => '{"error": "e", "message": "m"}' });
    await rig.send(rig.envelope('x'));
    control.failSends(2, 'refused');
    await until(() => (rig.health.held.get('refused') ?? 0) === 1, 'held');
    await within(rig.errorEnd.take(), 'the error envelope');
    assert.equal(rig.runtime.calls.length, 1);
  });

  test('a message delivered too often without being settled ends in error-end', async (t) => {
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

  test('a message that shared the allowed number of sidecar crashes is tried alone and passes', async (t) => {
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
    await until(() => rig.next.arrived.length === 4, 'all envelopes', 30_000);
    assert.equal(most, 1, 'one at a time');
    assert.equal(rig.errorEnd.arrived.length, 0);
  });

  test('suspects are processed one at a time; the messages delivered with them pass', async (t) => {
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
    await until(() => rig.next.arrived.length === 8, 'all envelopes', 30_000);
    assert.equal(most, 1, 'one at a time');
    assert.equal(rig.errorEnd.arrived.length, 0);
  });

  test('a drain finishes the hops in flight and leaves all other messages in the queue', async (t) => {
    const { rig, control } = await setup(t, { script: () => 'hang', concurrency: 2 });
    for (let n = 0; n < 5; n++) await rig.send(rig.envelope(n));
    await until(() => rig.runtime.calls.length === 2, 'two calls');
    const drained = rig.sidecar.drain(10_000);
    await until(() => rig.health.paused.has('draining'), 'draining');
    rig.runtime.release('"ok"');
    assert.equal(await within(drained, 'drained'), 0);
    await until(() => rig.next.arrived.length === 2, 'the envelopes in flight');
    assert.equal(rig.runtime.calls.length, 2);
    rig.runtime.script = () => '"ok"';
    await crash(rig, control);
    await until(() => rig.next.arrived.length === 5, 'the remaining envelopes');
  });

  test('two concurrent drains wait for the same hops', async (t) => {
    const { rig } = await setup(t, { script: () => 'hang' });
    await rig.send(rig.envelope('x'));
    await until(() => rig.runtime.calls.length === 1, 'the call');
    const drained = Promise.all([rig.sidecar.drain(60_000), rig.sidecar.drain(60_000)]);
    await until(() => rig.health.paused.has('draining'), 'draining');
    rig.runtime.release('"ok"');
    assert.deepEqual(await within(drained, 'both drained'), [0, 0]);
  });

  test('a drain that times out returns the number of hops in flight', async (t) => {
    const { rig } = await setup(t, { script: () => 'hang' });
    await rig.send(rig.envelope('x'));
    await until(() => rig.runtime.calls.length === 1, 'the call');
    assert.equal(await rig.sidecar.drain(50), 1);
  });

  test('a runtime crash during a drain costs no attempt', async (t) => {
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

  test('killing the runtime repeatedly with 1,000 queued envelopes puts none of them into error-end', async (t) => {
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
    await until(() => new Set(rig.next.arrived.map(idOf)).size === 1_000, 'all envelopes', 40_000);
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

/** Waits until the queue is empty and no hop is in flight, by sending another envelope. */
async function settled(rig: Rig): Promise<void> {
  const arrived = rig.happyEnd.arrived.length;
  rig.runtime.script = () => 'null';
  await rig.send(rig.envelope(LAST));
  await until(() => rig.happyEnd.arrived.length > arrived, 'the last envelope');
}

/** The number of calls, without those of `settled`. */
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

/** Ends the sidecar with its unsettled deliveries, and starts another one. */
async function crash(rig: Rig, control: MemoryControl): Promise<void> {
  control.disconnect();
  await rig.stop();
  control.reconnect();
  await rig.start();
}

function idOf(delivery: Parameters<typeof decode>[0]): unknown {
  return decode(delivery)['id'];
}
