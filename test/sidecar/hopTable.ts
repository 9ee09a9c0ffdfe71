import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { parkedQueue } from '../../src/transport/queues.ts';
import { decode, openRig, type OpenTransport, type Rig, type RigOptions } from '../kit/rigs/rig.ts';
import { until, within } from '../kit/processes/until.ts';
import type { Arrivals } from '../kit/envelopes/arrivals.ts';

/**
 * Every possible outcome of a hop. The same tests run on each transport.
 */
export function hopTable(transportName: string, open: OpenTransport): void {
  const setup = async (t: TestContext, options: Omit<RigOptions, 'open'>): Promise<Rig> => {
    const rig = await openRig({ open, ...options });
    t.after(() => rig.close());
    return rig;
  };

  describe(`a hop on ${transportName}`, { concurrency: 4, timeout: 240_000 }, () => {
    test('one value goes to the next actor with the same id, one hop further', async (t) => {
      const rig = await setup(t, { script: () => '{"processed": true}' });
      await rig.send(
        rig.envelope({ text: 'hello' }, { id: 'env-a', headers: { priority: 'high' } }),
      );
      const arrived = await taken(rig.next);
      assert.equal(arrived['id'], 'env-a');
      assert.deepEqual(arrived['route'], { actors: [rig.names.actor, rig.names.next], current: 1 });
      assert.deepEqual(arrived['payload'], { processed: true });
      assert.equal(headersOf(arrived)['priority'], 'high');
      assert.equal(headersOf(arrived)['x-asya-hops'], 1);
      assert.equal(headersOf(arrived)['x-asya-journey-id'], 'env-a');
      assert.ok(!Number.isNaN(Date.parse(String(headersOf(arrived)['x-asya-started-at']))));
      assert.deepEqual(rig.runtime.calls, ['{"text":"hello"}']);
    });

    test('one value after the last actor goes to happy-end', async (t) => {
      const rig = await setup(t, { script: () => '42' });
      await rig.send(rig.envelope(1, { route: { actors: [rig.names.actor], current: 0 } }));
      const arrived = await taken(rig.happyEnd);
      assert.equal(arrived['payload'], 42);
      assert.deepEqual(arrived['route'], { actors: [rig.names.actor], current: 1 });
    });

    test('an array fans out: the first child keeps the id, the others get new ids and a parent', async (t) => {
      const rig = await setup(t, { script: () => '[{"item": 1}, {"item": 2}, {"item": 3}]' });
      await rig.send(rig.envelope('x', { id: 'env-f', headers: { 'x-asya-hops': 4, kept: [1] } }));
      const children = [await taken(rig.next), await taken(rig.next), await taken(rig.next)];
      children.sort((a, b) => String(a['id']).localeCompare(String(b['id'])));
      assert.deepEqual(
        children.map(({ id, parent_id: parentId, payload }) => [id, parentId, payload]),
        [
          ['env-f', undefined, { item: 1 }],
          ['env-f.4.1', 'env-f', { item: 2 }],
          ['env-f.4.2', 'env-f', { item: 3 }],
        ],
      );
      for (const [index, child] of children.entries()) {
        const headers = headersOf(child);
        assert.deepEqual(headers['x-asya-fanout'], { of: 'env-f', index, total: 3, hop: 4 });
        assert.equal(headers['x-asya-hops'], 5);
        assert.equal(headers['x-asya-journey-id'], 'env-f');
        assert.deepEqual(headers['kept'], [1]);
      }
    });

    test('all children of a wide fan-out arrive', async (t) => {
      const items = Array.from({ length: 600 }, (_, index) => ({ index }));
      const rig = await setup(t, { script: () => JSON.stringify(items) });
      await rig.send(rig.envelope('x'));
      await until(() => rig.next.arrived.length === 600, 'all 600 children', 30_000);
      const ids = new Set(rig.next.arrived.map((delivery) => decode(delivery)['id']));
      assert.equal(ids.size, 600);
    });

    test('an array of one is one value, so [[1,2]] returns an array', async (t) => {
      const rig = await setup(t, { script: () => '[[1, 2]]' });
      await rig.send(rig.envelope('x'));
      const arrived = await taken(rig.next);
      assert.deepEqual(arrived['payload'], [1, 2]);
      assert.equal(headersOf(arrived)['x-asya-fanout'], undefined);
    });

    for (const reply of ['null', '[]', '']) {
      test(`an empty reply (${reply || 'no bytes'}) sends the original to happy-end`, async (t) => {
        const rig = await setup(t, { script: () => reply });
        await rig.send(rig.envelope({ keep: 1 }, { id: 'env-e', extra: 'field' }));
        const arrived = await taken(rig.happyEnd);
        assert.equal(arrived['id'], 'env-e');
        assert.equal(arrived['extra'], 'field');
        assert.deepEqual(arrived['payload'], { keep: 1 });
        assert.deepEqual(arrived['route'], {
          actors: [rig.names.actor, rig.names.next],
          current: 0,
        });
        assert.equal(headersOf(arrived)['x-asya-hops'], 1);
      });
    }

    test('an error reply becomes an error envelope', async (t) => {
      const reply = {
        error: 'bad_input',
        message: 'no text',
        type: 'ValueError',
        mro: ['ValueError', 'Exception'],
      };
      const rig = await setup(t, {
        script: () => JSON.stringify({ ...reply, traceback: 'Traceback …' }),
      });
      await rig.send(rig.envelope({ n: 1 }, { id: 'env-x' }));
      const arrived = await taken(rig.errorEnd);
      assert.equal(arrived['id'], 'env-x');
      assert.deepEqual(arrived['route'], { actors: [rig.names.actor, rig.names.next], current: 0 });
      const payload = payloadIn(arrived);
      assert.match(String(payload['error']), /^bad_input: no text/);
      assert.deepEqual(payload['original_payload'], { n: 1 });
      const { failed_at: failedAt, ...details } = detailsIn(arrived);
      assert.ok(!Number.isNaN(Date.parse(String(failedAt))));
      assert.deepEqual(details, {
        code: 'runtime_error',
        message: 'no text',
        type: 'ValueError',
        mro: ['ValueError', 'Exception'],
        traceback: 'Traceback …',
        actor: rig.names.actor,
        attempt: 1,
      });
    });

    test('truncated error texts are well-formed Unicode at error-end and in the parked queue', async (t) => {
      const cutInside = `x${'😀'.repeat(20_000)}`;
      const half = String.raw`half \ud83d`;
      const error = JSON.stringify({
        error: 'e',
        message: cutInside,
        type: cutInside,
        traceback: cutInside,
      });
      const reply = `${error.slice(0, -1)},"mro":["${half}"],"details":{"why":"${half}"}}`;
      for (const as of ['actor', 'errorEnd'] as const) {
        const rig = await setup(t, {
          script: () => reply,
          as,
          config: { retry: { maxAttempts: 1 } },
        });
        await rig.send(rig.envelope('x'));
        const arrived = JSON.stringify(await taken(rig.errorEnd));
        assert.ok(!/\\ud[89a-f]/.test(arrived), 'JSON.stringify escapes only half characters');
        assert.ok(arrived.includes('x😀😀'));
      }
    });

    test('a payload with a member `error` is not an error reply', async (t) => {
      const rig = await setup(t, {
        script: () => '{"error": "disk full", "message": "x", "host": "a"}',
      });
      await rig.send(rig.envelope('log line'));
      assert.deepEqual(payloadIn(await taken(rig.next)), {
        error: 'disk full',
        message: 'x',
        host: 'a',
      });
    });

    test('a retryable error is retried until the call succeeds', async (t) => {
      const error = '{"error": "busy", "message": "later", "retryable": true}';
      const rig = await setup(t, { script: (_, call) => (call < 3 ? error : '"done"') });
      await rig.send(rig.envelope('x'));
      const delivery = await within(rig.next.take(), 'the envelope');
      assert.equal(decode(delivery)['payload'], 'done');
      assert.equal(delivery.headers['asya-attempt'], undefined, 'a new hop starts at attempt 1');
      assert.equal(rig.runtime.calls.length, 3);
    });

    test('a retryable error goes to error-end after the last attempt', async (t) => {
      const rig = await setup(t, {
        script: () => '{"error": "busy", "message": "m", "retryable": true}',
      });
      await rig.send(rig.envelope('x'));
      const details = detailsIn(await taken(rig.errorEnd));
      assert.equal(details['code'], 'runtime_error');
      assert.equal(details['attempt'], 3);
      assert.equal(rig.runtime.calls.length, 3);
    });

    for (const named of [
      { type: 'TransientError' },
      { type: 'Mine', mro: ['Mine', 'TransientError'] },
    ]) {
      test(`an error whose ${named.mro ? 'base class' : 'type'} is listed is retried`, async (t) => {
        const error = JSON.stringify({ error: 'e', message: 'm', ...named });
        const rig = await setup(t, { script: (_, call) => (call === 1 ? error : '"done"') });
        await rig.send(rig.envelope('x'));
        assert.equal((await taken(rig.next))['payload'], 'done');
      });
    }

    test('a deferred call is repeated at the same attempt, up to the limit of deferrals', async (t) => {
      const rig = await setup(t, {
        script: () => '{"error": "rate_limit", "message": "slow down", "retry_after_ms": 1}',
      });
      await rig.send(rig.envelope('x'));
      const details = detailsIn(await taken(rig.errorEnd));
      assert.equal(details['attempt'], 1);
      assert.equal(rig.runtime.calls.length, 3, 'one call and two deferrals');
    });

    test('a timeout goes to error-end, and the calls that wait for its slot do not time out', async (t) => {
      const rig = await setup(t, {
        script: (payload) => (payload === '"slow"' ? 'hang' : '"ok"'),
        config: { runtime: { timeoutMs: 1_000 } },
      });
      await rig.send(rig.envelope('slow', { id: 'slow' }));
      await rig.send(rig.envelope('behind', { id: 'behind' }));
      const late = await taken(rig.errorEnd);
      assert.equal(late['id'], 'slow');
      assert.equal(detailsIn(late)['code'], 'runtime_timeout');
      await until(() => rig.health.paused.has('runtime_absent'), 'the absent runtime');
      assert.deepEqual(rig.runtime.calls, ['"slow"']);
      rig.runtime.release('"too late"');
      assert.equal((await taken(rig.next))['id'], 'behind');
      assert.equal(rig.errorEnd.arrived.length, 1);
    });

    for (const [what, body, code] of [
      ['no JSON', Buffer.from('{"id": '), 'parse_error'],
      ['no UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]), 'parse_error'],
      ['no envelope', Buffer.from('{"id": "x"}'), 'invalid_envelope'],
    ] as const) {
      test(`a message that is ${what} arrives complete at error-end`, async (t) => {
        const rig = await setup(t, { script: () => 'null' });
        await rig.send(body);
        const arrived = await taken(rig.errorEnd);
        const payload = payloadIn(arrived);
        assert.match(String(arrived['id']), /^sha256-/);
        assert.equal(detailsIn(arrived)['code'], code);
        const encoding = payload['original_encoding'] === 'base64' ? 'base64' : 'utf8';
        assert.deepEqual(Buffer.from(String(payload['original_body']), encoding), body);
        assert.equal(rig.runtime.calls.length, 0);
      });
    }

    for (const [what, body, code] of [
      ['no JSON', Buffer.from('{"id": '), 'parse_error'],
      ['no UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]), 'parse_error'],
      ['no envelope', Buffer.from('{"id": "x"}'), 'invalid_envelope'],
    ] as const) {
      test(`a forwarded message that is ${what} arrives complete at error-end`, async (t) => {
        const rig = await setup(t, { script: () => 'null' });
        await rig.send(body, { 'asya-forward': rig.names.next, 'asya-attempt': 2 });
        const arrived = await taken(rig.errorEnd);
        const payload = payloadIn(arrived);
        assert.match(String(arrived['id']), /^sha256-/);
        assert.equal(headersOf(arrived)['x-asya-hops'], 1);
        assert.equal(detailsIn(arrived)['code'], code);
        const encoding = payload['original_encoding'] === 'base64' ? 'base64' : 'utf8';
        assert.deepEqual(Buffer.from(String(payload['original_body']), encoding), body);
        await rig.send(rig.envelope('next', { id: 'env-next' }), {
          'asya-forward': rig.names.next,
        });
        assert.equal((await taken(rig.next))['id'], 'env-next', 'only an envelope is resent');
        assert.equal(rig.runtime.calls.length, 0);
      });
    }

    test('an envelope for another actor goes to error-end unchanged', async (t) => {
      const rig = await setup(t, { script: () => 'null' });
      const route = { actors: ['b', rig.names.actor], current: 0 };
      await rig.send(rig.envelope({ p: 1 }, { route }));
      const arrived = await taken(rig.errorEnd);
      assert.equal(detailsIn(arrived)['code'], 'route_mismatch');
      assert.equal(
        detailsIn(arrived)['message'],
        `envelope is for "b", this is "${rig.names.actor}"`,
      );
      assert.deepEqual(payloadIn(arrived)['original_payload'], { p: 1 });
      assert.deepEqual(arrived['route'], route);
    });

    test('an envelope past its deadline on arrival goes to error-end without a call', async (t) => {
      const rig = await setup(t, { script: () => 'null' });
      await rig.send(rig.envelope('x', { headers: { 'x-asya-deadline': '2020-01-01T00:00:00Z' } }));
      assert.equal(detailsIn(await taken(rig.errorEnd))['code'], 'deadline_exceeded');
      assert.equal(rig.runtime.calls.length, 0);
    });

    test('an envelope whose deadline passes during the call goes to error-end', async (t) => {
      const rig = await setup(t, { script: () => 'hang' });
      const deadline = new Date(Date.now() + 3_000).toISOString();
      await rig.send(rig.envelope('x', { headers: { 'x-asya-deadline': deadline } }));
      assert.equal(detailsIn(await taken(rig.errorEnd))['code'], 'deadline_exceeded');
      assert.equal(rig.runtime.calls.length, 1);
    });

    test('an envelope whose deadline passes while it waits for a slot goes to error-end without a call', async (t) => {
      const rig = await setup(t, { script: () => 'hang', config: { prefetch: 2 } });
      await rig.send(rig.envelope('first'));
      await until(() => rig.runtime.calls.length === 1, 'the first call');
      const deadlineMs = Date.now() + 300;
      const headers = { 'x-asya-deadline': new Date(deadlineMs).toISOString() };
      await rig.send(rig.envelope('second', { headers }));
      await until(() => Date.now() > deadlineMs, 'the deadline');
      rig.runtime.release('"answered"');
      await taken(rig.next);
      assert.equal(detailsIn(await taken(rig.errorEnd))['code'], 'deadline_exceeded');
      assert.deepEqual(rig.runtime.calls, ['"first"']);
    });

    for (const [what, reply, code] of [
      ['is not JSON', '{"a": ', 'reply_invalid'],
      ['is not UTF-8', Buffer.from([0x22, 0xc3, 0x22]), 'reply_invalid'],
    ] as const) {
      test(`a reply that ${what} goes to error-end`, async (t) => {
        const rig = await setup(t, { script: () => reply });
        await rig.send(rig.envelope('x'));
        const arrived = await taken(rig.errorEnd);
        assert.equal(detailsIn(arrived)['code'], code);
        assert.equal(payloadIn(arrived)['original_payload'], 'x');
      });
    }

    test('a fan-out over the limit goes to error-end, and no child is sent', async (t) => {
      const rig = await setup(t, { script: () => '[1,2,3]', config: { maxFanout: 2 } });
      await rig.send(rig.envelope('x'));
      assert.equal(detailsIn(await taken(rig.errorEnd))['code'], 'fanout_too_wide');
      assert.equal(rig.next.arrived.length, 0);
    });

    test('a dispatch over the size limit goes to error-end, and its siblings are not sent', async (t) => {
      const rig = await setup(t, {
        script: () => JSON.stringify(['small', 'x'.repeat(200_000)]),
        config: { maxMessageBytes: 100_000 },
      });
      await rig.send(rig.envelope('x'));
      assert.equal(detailsIn(await taken(rig.errorEnd))['code'], 'reply_too_large');
      assert.equal(rig.next.arrived.length, 0);
    });

    test('an original too large for an error envelope arrives unchanged, with the error in its headers', async (t) => {
      const rig = await setup(t, {
        script: () => '{"error": "e", "message": "m", "type": "T"}',
        config: { maxMessageBytes: 400_000 },
      });
      const envelope = rig.envelope('y'.repeat(500_000));
      await rig.send(envelope, { own: 'header', 'asya-attempt': 2 });
      const delivery = await within(rig.errorEnd.take(), 'the original');
      assert.deepEqual(decode(delivery), envelope);
      const { headers } = delivery;
      assert.equal(headers['own'], 'header');
      assert.equal(headers['asya-attempt'], undefined);
      assert.deepEqual(
        ['code', 'message', 'type', 'actor', 'attempt'].map(
          (name) => headers[`asya-error-${name}`],
        ),
        ['runtime_error', 'm', 'T', rig.names.actor, 2],
      );
    });

    test('the runtime of error-end receives such an original as an error envelope', async (t) => {
      const rig = await setup(t, {
        script: () => 'null',
        as: 'errorEnd',
        config: { maxMessageBytes: 1_000 },
      });
      const headers = {
        'asya-error-code': 'runtime_error',
        'asya-error-message': 'm',
        'asya-error-actor': 'a',
      };
      await rig.send(rig.envelope('y'.repeat(2_000)), headers);
      await until(() => rig.runtime.calls.length === 1, 'the call');
      const payload = JSON.parse(rig.runtime.calls[0] ?? '') as Record<string, unknown>;
      assert.equal(payload['error'], 'runtime_error: m');
      assert.equal(payload['original_payload'], 'y'.repeat(2_000));
    });

    test('error-end parks such an original unchanged, with the reason in its headers', async (t) => {
      const rig = await setup(t, {
        script: () => '{"error": "e", "message": "no room"}',
        as: 'errorEnd',
        config: { maxMessageBytes: 1_000 },
      });
      const envelope = rig.envelope('y'.repeat(2_000));
      await rig.send(envelope, { 'asya-error-code': 'unroutable', 'asya-error-actor': 'a' });
      const delivery = await within(rig.errorEnd.take(), 'the parked message');
      assert.deepEqual(decode(delivery), envelope);
      const { headers } = delivery;
      assert.deepEqual(
        [headers['asya-error-code'], headers['asya-parked-code'], headers['asya-parked-message']],
        ['unroutable', 'runtime_error', 'no room'],
      );
    });

    test('a reply that can be neither routed nor wrapped survives unchanged', async (t) => {
      const answer = JSON.stringify('y'.repeat(399_550));
      const rig = await setup(t, { script: () => answer, config: { maxMessageBytes: 400_000 } });
      const nowhere = `nowhere-${rig.names.actor}`;
      await rig.send(
        rig.envelope('x', { route: { actors: [rig.names.actor, nowhere], current: 0 } }),
      );
      const delivery = await within(rig.errorEnd.take(), 'the reply');
      const arrived = decode(delivery);
      assert.equal(delivery.headers['asya-error-code'], 'unroutable');
      assert.equal(JSON.stringify(arrived['payload']), answer);
      assert.deepEqual(arrived['route'], { actors: [rig.names.actor, nowhere], current: 1 });
    });

    test('a message that is not an envelope keeps its headers at error-end', async (t) => {
      const rig = await setup(t, { script: () => 'null' });
      await rig.send(Buffer.from([0x80, 4]), {
        task: 'tasks.add',
        retries: 0,
        'asya-published-at': 1,
      });
      const payload = payloadIn(await taken(rig.errorEnd));
      const { headers } = payload['original_properties'] as Record<string, unknown>;
      assert.deepEqual(headers, { task: 'tasks.add', retries: 0 });
    });

    test('an absent runtime pauses consuming; the backlog stays in the queue until the runtime is back', async (t) => {
      const rig = await setup(t, { script: () => '"ok"', concurrency: 4 });
      await rig.runtime.stop();
      for (let n = 0; n < 50; n++) await rig.send(rig.envelope(n));
      await until(() => rig.health.paused.has('runtime_absent'), 'paused');
      assert.equal(rig.health.runtime.ready, false);
      await rig.runtime.start();
      await until(() => rig.next.arrived.length === 50, 'the backlog', 20_000);
      assert.equal(rig.errorEnd.arrived.length, 0);
    });

    test('a call that crashes the runtime is retried; after the last attempt it fails as runtime_crashed', async (t) => {
      const rig = await setup(t, { script: () => 'die' });
      await rig.send(rig.envelope('poison'));
      const details = detailsIn(await taken(rig.errorEnd));
      assert.equal(details['code'], 'runtime_crashed');
      assert.equal(details['attempt'], 3);
      assert.equal(rig.runtime.calls.length, 3);
    });

    test('an unroutable dispatch is resent later without another call', async (t) => {
      const rig = await setup(t, {
        script: () => '"answered"',
        config: { retry: { maxAttempts: 50 } },
      });
      const late = `late-${rig.names.actor}`;
      await rig.send(rig.envelope('x', { route: { actors: [rig.names.actor, late], current: 0 } }));
      await until(() => rig.runtime.calls.length === 1, 'the call');
      const arrived = await taken(await rig.inbox(late));
      assert.equal(arrived['payload'], 'answered');
      assert.equal(headersOf(arrived)['x-asya-hops'], 1, 'a resend is not a hop');
      assert.equal(rig.runtime.calls.length, 1);
    });

    test('the siblings of an unroutable child are not sent again', async (t) => {
      const rig = await setup(t, {
        script: () => '["a", "b"]',
        config: { retry: { maxAttempts: 2 } },
      });
      const route = { actors: [rig.names.actor, `nowhere-${rig.names.actor}`], current: 0 };
      await rig.send(rig.envelope('x', { route }));
      const codes = [detailsIn(await taken(rig.errorEnd)), detailsIn(await taken(rig.errorEnd))];
      assert.deepEqual(
        codes.map((details) => details['code']),
        ['unroutable', 'unroutable'],
      );
      assert.equal(rig.runtime.calls.length, 1);
    });

    test('an unroutable dispatch becomes an error envelope after the last attempt, with its route one step further', async (t) => {
      const rig = await setup(t, { script: () => '{"new": 1}' });
      const nowhere = `nowhere-${rig.names.actor}`;
      await rig.send(
        rig.envelope('x', { route: { actors: [rig.names.actor, nowhere], current: 0 } }),
      );
      const arrived = await taken(rig.errorEnd);
      assert.equal(detailsIn(arrived)['code'], 'unroutable');
      assert.equal(detailsIn(arrived)['attempt'], 3);
      assert.deepEqual(payloadIn(arrived)['original_payload'], { new: 1 });
      assert.deepEqual(arrived['route'], { actors: [rig.names.actor, nowhere], current: 1 });
      assert.equal(rig.runtime.calls.length, 1);
    });

    test('an end calls its runtime and discards the reply', async (t) => {
      const rig = await setup(t, { script: () => '{"anything": 1}', as: 'happyEnd' });
      await rig.send(rig.envelope({ done: 1 }, { route: { actors: ['a'], current: 1 } }));
      await rig.send(rig.envelope({ done: 2 }, { route: 'any state' }));
      await until(() => rig.runtime.calls.length === 2, 'both calls');
      assert.deepEqual(rig.runtime.calls, ['{"done":1}', '{"done":2}']);
      assert.equal(rig.errorEnd.arrived.length, 0);
    });

    test('a happy-end whose runtime fails sends to error-end after the last attempt', async (t) => {
      const rig = await setup(t, {
        script: () => '{"error": "e", "message": "m"}',
        as: 'happyEnd',
      });
      await rig.send(rig.envelope('x'));
      const details = detailsIn(await taken(rig.errorEnd));
      assert.equal(details['code'], 'runtime_error');
      assert.equal(details['attempt'], 3);
      assert.equal(rig.runtime.calls.length, 3);
    });

    test('an error-end whose runtime fails parks the message unchanged', async (t) => {
      const rig = await setup(t, {
        script: () => '{"error": "e", "message": "m"}',
        as: 'errorEnd',
      });
      await rig.send(rig.envelope({ error: 'was here before' }, { id: 'env-p' }));
      const parked = await taken(rig.errorEnd);
      assert.equal(parked['id'], 'env-p');
      assert.deepEqual(parked['payload'], { error: 'was here before' });
      assert.deepEqual(headersOf(parked)['x-asya-parked'], { code: 'runtime_error', message: 'm' });
      assert.equal(rig.runtime.calls.length, 3);
    });

    test('error-end parks bytes that are not an envelope at once', async (t) => {
      const rig = await setup(t, { script: () => '1', as: 'errorEnd' });
      await rig.send(Buffer.from('not json'));
      const delivery = await within(rig.errorEnd.take(), 'the parked message');
      assert.equal(delivery.queue, parkedQueue(rig.names.errorEnd));
      assert.equal(payloadIn(decode(delivery))['original_body'], 'not json');
      assert.equal(rig.runtime.calls.length, 0);
    });

    test('envelopes keep their order at concurrency 1', async (t) => {
      const rig = await setup(t, { script: (payload) => payload });
      for (let n = 0; n < 100; n++) await rig.send(rig.envelope(n));
      await until(() => rig.next.arrived.length === 100, 'all envelopes');
      const order = rig.next.arrived.map((delivery) => decode(delivery)['payload']);
      assert.deepEqual(
        order,
        Array.from({ length: 100 }, (_, n) => n),
      );
    });

    test('the concurrency limits the number of simultaneous calls', async (t) => {
      const rig = await setup(t, { script: () => 'hang', concurrency: 3 });
      for (let n = 0; n < 5; n++) await rig.send(rig.envelope(n));
      await until(() => rig.runtime.calls.length === 3, 'three calls');
      rig.runtime.script = () => '"ok"';
      rig.runtime.release('"ok"');
      await until(() => rig.next.arrived.length === 5, 'all envelopes');
    });
  });
}

async function taken(inbox: Arrivals): Promise<Record<string, unknown>> {
  return decode(await within(inbox.take(), 'an envelope'));
}

function headersOf(envelope: Record<string, unknown>): Record<string, unknown> {
  return envelope['headers'] as Record<string, unknown>;
}

function payloadIn(envelope: Record<string, unknown>): Record<string, unknown> {
  return envelope['payload'] as Record<string, unknown>;
}

function detailsIn(envelope: Record<string, unknown>): Record<string, unknown> {
  return payloadIn(envelope)['details'] as Record<string, unknown>;
}
