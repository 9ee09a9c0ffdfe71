import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { until, within } from '../kit/processes/until.ts';
import { decode, openRig, type OpenTransport, type Rig, type RigOptions } from '../kit/rigs/rig.ts';

/** Long enough that a batch is called only when it is full or when nothing more can arrive. */
const NEVER_MS = 60_000;

interface BatchOptions extends Omit<RigOptions, 'open' | 'script'> {
  /** @default each payload is its own reply */
  readonly script?: RigOptions['script'];
  readonly size?: number;
  readonly prefetch?: number;
  readonly waitMs?: number;
}

/** Hops whose calls are batches. The same tests run on each transport. */
export function batchTable(transportName: string, open: OpenTransport): void {
  const setup = async (t: TestContext, options: BatchOptions = {}): Promise<Rig> => {
    const { size = 3, prefetch = size, waitMs = NEVER_MS, script = echo } = options;
    const batch = { size, waitMs, maxBytes: 1_000_000 };
    const config = { prefetch, batch, ...options.config };
    const rig = await openRig({ open, ...options, script, config });
    t.after(() => rig.close());
    return rig;
  };

  describe(`batches on ${transportName}`, { concurrency: 4, timeout: 240_000 }, () => {
    for (const protocol of ['payload', 'http'] as const) {
      test(`${protocol}: each envelope is settled by its own reply`, async (t) => {
        const called = new Set<string>();
        const rig = await setup(t, {
          protocol,
          size: 6,
          waitMs: 200,
          // Sending may take longer than the wait, so that there are two batches.
          script: (text) => answerOf(text, called.has('retried') ? {} : OUTCOMES, called),
        });
        for (const kind of Object.keys(OUTCOMES)) await rig.send(rig.envelope(kind, { id: kind }));
        await until(() => rig.next.arrived.length === 5, 'the replies');
        await until(() => rig.happyEnd.arrived.length === 1, 'the empty reply');
        await until(() => rig.errorEnd.arrived.length === 1, 'the error envelope');
        assert.deepEqual([...called], Object.keys(OUTCOMES));
        assert.deepEqual(
          rig.next.arrived
            .map((delivery) => JSON.stringify(decode(delivery)['payload']))
            .toSorted(),
          ['"a value"', '"retried"', '1', '2', '[1,2]'],
        );
        assert.equal(decode(await rig.happyEnd.take())['id'], 'empty');
        assert.equal(decode(await rig.errorEnd.take())['id'], 'failed');
      });
    }

    test('at concurrency 1, envelopes leave in the order of their arrival', async (t) => {
      const script = (text: string, call: number): string => (call === 1 ? 'hang' : text);
      const rig = await setup(t, { size: 4, prefetch: 8, waitMs: 5, script });
      const numbers = Array.from({ length: 40 }, (_, index) => index);
      for (const n of numbers) await rig.send(rig.envelope(n));
      await until(() => rig.runtime.calls.length === 1, 'the first call');
      rig.runtime.release(rig.runtime.calls[0] ?? '');
      await until(() => rig.next.arrived.length === 40, 'all envelopes');
      const payloads = rig.next.arrived.map((delivery) => decode(delivery)['payload']);
      assert.deepEqual(payloads, numbers);
      assert.ok(rig.runtime.calls.length < 40, 'some calls are batches');
    });

    test('a batch does not wait when as many deliveries are unsettled as may be', async (t) => {
      const rig = await setup(t, { size: 8, prefetch: 2 });
      await rig.send(rig.envelope('a'));
      await rig.send(rig.envelope('b'));
      await until(() => rig.next.arrived.length === 2, 'both envelopes');
      assert.deepEqual(rig.runtime.calls, ['["a","b"]']);
    });

    test('a batch that is not full is called after its wait', async (t) => {
      const rig = await setup(t, { size: 8, waitMs: 30 });
      await rig.send(rig.envelope('a'));
      await until(() => rig.next.arrived.length === 1, 'the envelope');
      assert.deepEqual(rig.runtime.calls, ['["a"]']);
    });

    test('two batches of 8 run at concurrency 2', async (t) => {
      const rig = await setup(t, { size: 8, prefetch: 16, concurrency: 2, script: () => 'hang' });
      for (let n = 0; n < 16; n++) await rig.send(rig.envelope(n));
      await until(() => rig.runtime.calls.length === 2, 'two calls');
      const called = rig.runtime.calls.flatMap((text) => JSON.parse(text) as number[]);
      assert.deepEqual(
        called.toSorted((a, b) => a - b),
        [...Array(16).keys()],
      );
      rig.runtime.release(JSON.stringify(Array(8).fill(null)));
      await until(() => rig.happyEnd.arrived.length === 16, 'all envelopes');
    });

    for (const [failure, reply] of [
      ['of another length', '[1,2]'],
      ['that is empty', ''],
      ['null', 'null'],
      ['[]', '[]'],
      ['that is an error object', '{"error":"oom","message":"out of memory"}'],
      ['that never arrives because the connection is closed', 'die'],
    ] as const) {
      test(`after a reply ${failure}, each envelope is called alone without an attempt`, async (t) => {
        const rig = await setup(t, {
          script: (text, call) => (call === 1 ? reply : answerOf(text, { bad: BAD_INPUT })),
          config: { retry: { maxAttempts: 1 } },
        });
        for (const payload of ['a', 'bad', 'c']) await rig.send(rig.envelope(payload));
        await until(() => rig.next.arrived.length === 2, 'the others');
        const failed = decode(await within(rig.errorEnd.take(), 'the error envelope'));
        const { details } = failed['payload'] as { details: { attempt: unknown } };
        assert.equal(details.attempt, 1);
        assert.deepEqual(rig.runtime.calls, ['["a","bad","c"]', '["a"]', '["bad"]', '["c"]']);
      });
    }

    test('a deferral of the whole call defers each envelope', async (t) => {
      const busy = '{"error":"busy","message":"later","retry_after_ms":10}';
      const rig = await setup(t, { script: (text, call) => (call === 1 ? busy : text) });
      for (const payload of ['a', 'b', 'c']) await rig.send(rig.envelope(payload));
      await until(() => rig.next.arrived.length === 3, 'all envelopes');
      assert.equal(rig.runtime.calls.length, 2);
    });

    test('after a time-out, each envelope is called alone when the slot is free', async (t) => {
      const rig = await setup(t, {
        script: (text, call) => (call === 1 ? 'hang' : text),
        config: { runtime: { timeoutMs: 1_000 } },
      });
      for (const payload of ['a', 'b', 'c']) await rig.send(rig.envelope(payload));
      await until(() => !rig.health.runtime.ready, 'the time-out');
      assert.equal(rig.runtime.calls.length, 1);
      rig.runtime.release('["late","late","late"]');
      await until(() => rig.next.arrived.length === 3, 'all envelopes');
      assert.deepEqual(rig.runtime.calls.slice(1), ['["a"]', '["b"]', '["c"]']);
      assert.equal(rig.errorEnd.arrived.length, 0);
    });

    test('an envelope whose deadline passes during the call goes to error-end at that time', async (t) => {
      const rig = await setup(t, { script: (text, call) => (call === 1 ? 'hang' : text) });
      const deadline = new Date(Date.now() + 3_000).toISOString();
      await rig.send(rig.envelope('late', { headers: { 'x-asya-deadline': deadline } }));
      for (const payload of ['b', 'c']) await rig.send(rig.envelope(payload));
      const failed = decode(await within(rig.errorEnd.take(), 'the error envelope'));
      const { details } = failed['payload'] as { details: { code: unknown } };
      assert.equal(details.code, 'deadline_exceeded');
      assert.equal(rig.next.arrived.length, 0);
      rig.runtime.release('["dropped","b","c"]');
      await until(() => rig.next.arrived.length === 2, 'the others');
      assert.equal(rig.runtime.calls.length, 1);
    });

    test('a drain gives a waiting batch back, and another sidecar processes it', async (t) => {
      const rig = await setup(t, { size: 8 });
      for (const payload of ['a', 'b']) await rig.send(rig.envelope(payload));
      await until(() => rig.health.inFlight === 2, 'two waiting envelopes');
      assert.equal(await rig.sidecar.drain(10_000), 0);
      assert.deepEqual(rig.runtime.calls, []);
      await rig.stop();
      await rig.start();
      for (let n = 0; n < 6; n++) await rig.send(rig.envelope(n));
      await until(() => rig.next.arrived.length === 8, 'all envelopes');
      assert.equal(rig.errorEnd.arrived.length, 0);
    });

    test('a drain finishes the batch in the runtime', async (t) => {
      const rig = await setup(t, { script: () => 'hang' });
      for (const payload of ['a', 'b', 'c']) await rig.send(rig.envelope(payload));
      await until(() => rig.runtime.calls.length === 1, 'the call');
      const drained = rig.sidecar.drain(10_000);
      rig.runtime.release('[1,2,3]');
      assert.equal(await drained, 0);
      await until(() => rig.next.arrived.length === 3, 'all envelopes');
    });

    test('a batch that crashes during a drain is given back', async (t) => {
      const rig = await setup(t, { script: (text, call) => (call === 1 ? 'hang' : text) });
      for (const payload of ['a', 'b', 'c']) await rig.send(rig.envelope(payload));
      await until(() => rig.runtime.calls.length === 1, 'the call');
      const drained = rig.sidecar.drain(10_000);
      await rig.runtime.stop();
      assert.equal(await drained, 0);
      await rig.stop();
      await rig.runtime.start();
      await rig.start();
      await until(() => rig.next.arrived.length === 3, 'all envelopes');
      assert.equal(rig.errorEnd.arrived.length, 0);
    });
  });
}

const BAD_INPUT = { error: 'bad_input', message: 'no' };

/** The reply to each payload of a batch, by the payload. */
const OUTCOMES = {
  value: 'a value',
  fanout: [1, 2],
  nested: [[1, 2]],
  empty: null,
  failed: BAD_INPUT,
  retried: { error: 'flaky', message: 'again', retryable: true },
};

function echo(text: string): string {
  return text;
}

/**
 * The reply to a batch: each payload, or the value for it.
 * @param called receives the payloads
 */
function answerOf(
  text: string,
  replies: Readonly<Record<string, unknown>>,
  called = new Set<string>(),
): string {
  const payloads = JSON.parse(text) as string[];
  for (const payload of payloads) called.add(payload);
  return JSON.stringify(
    payloads.map((payload) => (Object.hasOwn(replies, payload) ? replies[payload] : payload)),
  );
}
