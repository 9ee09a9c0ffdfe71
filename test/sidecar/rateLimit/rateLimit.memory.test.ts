import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import type { RateLimit } from '../../../src/sidecar/rateLimit/callStarts.ts';
import { createMemoryBroker } from '../../../src/transport/memory/broker.ts';
import { openMemory } from '../../../src/transport/memory/memory.ts';
import { MINUTE, SECOND } from '../../../src/units.ts';
import { until, within } from '../../kit/processes/until.ts';
import { decode, openRig, type Rig, type RigOptions } from '../../kit/rigs/rig.ts';

const ERROR = '{"error": "http_500", "message": "out of memory"}';
/** No second call starts during a test, and no hop waits so long that it is given back. */
const ONE_CALL: RateLimit = { count: 1, windowMs: 12 * SECOND };

/** The rate limit of a sidecar with a runtime, on a memory broker. */
describe('the rate limit', { concurrency: 4, timeout: 240_000 }, () => {
  test('each call but the first ones starts a window after the one that many before it', async (t) => {
    const startedAtMs = performance.now();
    const arrivedAtMs: number[] = [];
    const rig = await setup(t, {
      rateLimit: { count: 5, windowMs: 200 },
      concurrency: 3,
      script: () => {
        arrivedAtMs.push(performance.now());
        return '"answered"';
      },
    });
    for (let n = 0; n < 18; n++) await rig.send(rig.envelope(n));
    await until(() => rig.next.arrived.length === 18, 'all envelopes');
    for (const [index, atMs] of arrivedAtMs.entries()) {
      assert.ok(atMs - startedAtMs >= 200 * Math.floor(index / 5), `call ${index}`);
    }
  });

  test('an envelope whose deadline passes while it waits goes to error-end without a call', async (t) => {
    const rig = await setup(t, { rateLimit: ONE_CALL, concurrency: 2 });
    await rig.send(rig.envelope(1));
    await until(() => rig.next.arrived.length === 1, 'the first envelope');
    const deadline = new Date(Date.now() + 1_000).toISOString();
    await rig.send(rig.envelope(2, { headers: { 'x-asya-deadline': deadline } }));
    const { details } = decode(await within(rig.errorEnd.take(), 'the error envelope'))[
      'payload'
    ] as { details: { code: string; message: string } };
    assert.equal(details.code, 'deadline_exceeded');
    assert.match(JSON.stringify(details), /the deadline passed while the call waited for the rate/);
    assert.equal(rig.runtime.calls.length, 1);
    assert.equal(rig.health.rateLimited, 0);
  });

  test('a drain gives the waiting hops back at once', async (t) => {
    const rig = await setup(t, { rateLimit: ONE_CALL, concurrency: 3 });
    for (let n = 0; n < 3; n++) await rig.send(rig.envelope(n));
    await until(() => rig.health.rateLimited === 2, 'two hops wait');
    assert.equal(await within(rig.sidecar.drain(30_000), 'drained', 15_000), 0);
    assert.equal(rig.runtime.calls.length, 1);
    await rig.stop();
    await rig.start();
    await until(() => rig.next.arrived.length === 2, 'a hop that was given back');
    assert.equal(rig.errorEnd.arrived.length, 0);
  });

  test('while no call may start for more than a minute, nothing is consumed', async (t) => {
    const rig = await setup(t, { rateLimit: { count: 2, windowMs: 10 * MINUTE }, concurrency: 3 });
    for (let n = 0; n < 5; n++) await rig.send(rig.envelope(n));
    await until(() => rig.next.arrived.length === 2, 'two envelopes');
    assert.deepEqual([...rig.health.paused], ['rate_limit']);
    assert.equal(rig.health.rateLimited, 0, 'no hop waits');
    await rig.stop();
    await rig.start();
    await until(() => rig.next.arrived.length === 4, 'the others are in the queue');
  });

  test('a probe of the circuit breaker waits for the rate limit, too', async (t) => {
    const startedAtMs = performance.now();
    let probedAtMs = 0;
    const rig = await setup(t, {
      rateLimit: { count: 2, windowMs: 400 },
      breaker: { errorRate: 1, minHops: 2, windowMs: MINUTE, cooldownMs: 20 },
      script: (_, call) => {
        if (call <= 2) return ERROR;
        probedAtMs ||= performance.now();
        return '"answered"';
      },
    });
    for (let n = 0; n < 4; n++) await rig.send(rig.envelope(n));
    await until(() => rig.next.arrived.length === 3, 'all but the first envelope');
    assert.ok(probedAtMs - startedAtMs >= 400);
    assert.equal(rig.errorEnd.arrived.length, 1);
  });
});

type SetupOptions = Partial<Pick<RigOptions, 'concurrency' | 'script'>> &
  Pick<NonNullable<RigOptions['config']>, 'breaker' | 'rateLimit'>;

async function setup(
  t: TestContext,
  { script = () => '"answered"', concurrency = 1, ...config }: SetupOptions,
): Promise<Rig> {
  const broker = createMemoryBroker();
  const rig = await openRig({
    open: (topology, onState) => openMemory({ broker, topology, onState }),
    script,
    concurrency,
    config,
  });
  t.after(() => rig.close());
  return rig;
}
