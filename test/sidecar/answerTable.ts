import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import type { Answer } from '../../src/cli/replies/answer.ts';
import { JourneyTracker, type Place } from '../../src/cli/replies/journeyTracker.ts';
import { openReplies, type Replies } from '../../src/cli/replies/openReplies.ts';
import { replyToHeaders } from '../../src/cli/replies/replyTo.ts';
import { waitForAnswers } from '../../src/cli/replies/waitForAnswers.ts';
import { encodeEnvelope } from '../../src/envelope/edit.ts';
import { readEnvelope } from '../../src/envelope/envelope.ts';
import type { Message } from '../../src/transport/message.ts';
import type { InspectableTransport } from '../../src/transport/inspection/inspectableTransport.ts';
import { until, within } from '../kit/processes/until.ts';
import { decode, openRig, type OpenTransport, type Rig, type RigOptions } from '../kit/rigs/rig.ts';

/** What the sender of an envelope receives. The same tests run on each transport. */
export function answerTable(transportName: string, open: OpenTransport): void {
  describe(`the sender of an envelope on ${transportName}`, { timeout: 240_000 }, () => {
    test('receives a copy of what happy-end receives', async (t) => {
      const { rig, replyTo, nextCopy } = await setup(t, open, { script: () => '{"n": 1.0}' });
      await rig.send(rig.envelope(1, { route: routeOf(rig, 1), headers: replyTo }));
      const atEnd = await taken(rig.happyEnd.take());
      const copy = await nextCopy();
      assert.ok(copy.body.equals(atEnd.body));
      assert.equal(copy.headers['asya-end'], 'happy_end');
      assert.equal(atEnd.headers['asya-end'], undefined);
    });

    test('receives a copy of an envelope whose route names happy-end', async (t) => {
      const { rig, replyTo, replies } = await setup(t, open, { script: () => '[1,2]' });
      const route = { actors: [rig.names.actor, rig.names.happyEnd], current: 0 };
      await rig.send(rig.envelope(1, { route, headers: replyTo }));
      const payloads = [await nextAnswer(replies), await nextAnswer(replies)].map(summaryOf);
      assert.deepEqual(payloads.toSorted(), ['1', '2']);
    });

    test('receives a copy of the error envelope', async (t) => {
      const script = (): string => '{"error":"e","message":"broken"}';
      const { rig, replyTo, nextCopy } = await setup(t, open, { script });
      await rig.send(rig.envelope(1, { headers: replyTo }));
      const atEnd = await taken(rig.errorEnd.take());
      const copy = await nextCopy();
      assert.ok(copy.body.equals(atEnd.body));
      assert.equal(copy.headers['asya-end'], 'error_end');
    });

    test('receives the error of an original that error-end receives unchanged', async (t) => {
      const script = (): string => '{"error":"e","message":"broken"}';
      const config = { maxMessageBytes: 20_000 };
      const { rig, replyTo, replies } = await setup(t, open, { script, config });
      const payload = 'x'.repeat(19_800);
      await rig.send(rig.envelope(payload, { headers: replyTo }));
      const atEnd = await taken(rig.errorEnd.take());
      assert.equal(atEnd.headers['asya-error-code'], 'runtime_error');
      const { result } = await nextAnswer(replies);
      assert.ok(result.kind === 'failed');
      assert.equal(result.failure.fault.code, 'runtime_error');
      assert.equal(result.failure.actor, rig.names.actor);
    });

    test('receives each leaf of a fan-out that is nested three deep, and knows which is the last', async (t) => {
      const script = (payload: string): string =>
        payload === '"bad"' ? '{"error":"e","message":"broken"}' : payload;
      const { rig, transport, replies } = await setup(t, open, { script, concurrency: 4 });
      const payload = [
        [
          ['a', 'b'],
          ['c', 'd', 'e'],
        ],
        'bad',
        [['f', 'bad'], 'g'],
      ];
      const sent = rig.envelope(payload, { id: 'env-1', route: routeOf(rig, 4) });
      const envelope = readEnvelope(Buffer.from(JSON.stringify(sent)), { maxNesting: 99 });
      const headers = replyToHeaders(envelope, replies.queue);
      const body = encodeEnvelope(envelope, { headers });
      const tracker = new JourneyTracker();
      tracker.expect(readEnvelope(body, { maxNesting: 99 }));
      const answers = new Map<string, string>();
      await transport.send(rig.names.actor, { body, headers: {} });
      const onAnswer = (answer: Answer, { path }: Place): void => {
        answers.set(JSON.stringify(path), summaryOf(answer));
      };
      await waitForAnswers(replies, tracker, AbortSignal.timeout(30_000), onAnswer);
      assert.deepEqual(tracker.incomplete(), []);
      assert.deepEqual(Object.fromEntries(answers), {
        '[0,0,0]': '"a"',
        '[0,0,1]': '"b"',
        '[0,1,0]': '"c"',
        '[0,1,1]': '"d"',
        '[0,1,2]': '"e"',
        '[1]': 'runtime_error',
        '[2,0,0]': '"f"',
        '[2,0,1]': 'runtime_error',
        '[2,1]': '"g"',
      });
    });

    test('is not waited for when the reply queue is gone', async (t) => {
      const { rig, replies, replyTo } = await setup(t, open, { script: () => '42' });
      await replies.close();
      for (const id of ['a', 'b']) {
        await rig.send(rig.envelope(1, { id, route: routeOf(rig, 1), headers: replyTo }));
        assert.equal(decode(await taken(rig.happyEnd.take()))['id'], id);
      }
      assert.equal(rig.runtime.calls.length, 2);
    });

    test('must name a reply queue: another queue is rejected without a call', async (t) => {
      const { rig } = await setup(t, open, { script: () => '42' });
      const names = [
        rig.names.next,
        `asya-${rig.names.next}`,
        'asya:reply:',
        `asya:reply:${'x'.repeat(245)}`,
      ];
      for (const name of names) {
        await rig.send(rig.envelope(1, { headers: { 'x-asya-reply-to': name } }));
        const { payload } = decode(await taken(rig.errorEnd.take())) as {
          payload: { details: { code: unknown; message: unknown } };
        };
        assert.equal(payload.details.code, 'invalid_envelope');
        assert.match(
          String(payload.details.message),
          /^headers\.x-asya-reply-to must be asya:reply:<id>, at most 255 bytes/,
        );
      }
      assert.equal(rig.runtime.calls.length, 0);
      assert.equal(rig.next.arrived.length, 0);
    });

    test('may have named an invalid queue when the envelope is at an end', async (t) => {
      const { rig } = await setup(t, open, { script: () => '42', as: 'happyEnd' });
      await rig.send(rig.envelope('at the end', { headers: { 'x-asya-reply-to': 'infer' } }));
      await rig.send(rig.envelope('next', {}));
      await until(() => rig.runtime.calls.length === 2, 'both calls');
      assert.deepEqual(rig.runtime.calls, ['"at the end"', '"next"']);
      assert.equal(rig.errorEnd.arrived.length, 0);
    });

    test('receives the error of an end that cannot handle the result', async (t) => {
      const script = (): string => '{"error":"e","message":"disk full"}';
      const { rig, replyTo, replies } = await setup(t, open, { script, as: 'happyEnd' });
      await rig.send(rig.envelope(1, { headers: replyTo }));
      const { result } = await nextAnswer(replies);
      assert.ok(result.kind === 'failed');
      assert.equal(result.failure.actor, rig.names.happyEnd);
    });

    test('stays the sender, whatever headers the runtime returns', async (t) => {
      const other = { 'x-asya-reply-to': 'asya:reply:other' };
      const theirs = [{}, other, { 'x-asya-reply-to': null }, other];
      const script = (request: string, call: number): string => {
        const { route, payload } = JSON.parse(request) as { route: object; payload: unknown };
        const headers = theirs[call - 1];
        return JSON.stringify([{ payload, route: { ...route, current: 1 }, headers }]);
      };
      const { rig, replyTo } = await setup(t, open, { script, protocol: 'envelope' });
      const seen: unknown[] = [];
      for (const headers of [replyTo, replyTo, replyTo, {}]) {
        await rig.send(rig.envelope(1, { headers }));
        const arrived = decode(await taken(rig.next.take())) as { headers: object };
        seen.push(new Map(Object.entries(arrived.headers)).get('x-asya-reply-to'));
      }
      const own = replyTo['x-asya-reply-to'];
      assert.deepEqual(seen, [own, own, own, undefined]);
    });
  });
}

interface Setup {
  readonly rig: Rig;
  /** A transport of the sender. */
  readonly transport: InspectableTransport;
  readonly replies: Replies;
  readonly replyTo: Readonly<Record<string, string>>;
  /** Resolves with the next copy in the reply queue, unread. */
  readonly nextCopy: () => Promise<Message>;
}

async function setup(
  t: TestContext,
  open: OpenTransport,
  options: Omit<RigOptions, 'open'>,
): Promise<Setup> {
  const rig = await openRig({ open, ...options });
  const topology = { ...rig.names, actor: rig.names.actor, retryDelaysMs: [] };
  const transport = await open(topology, () => {});
  t.after(async () => {
    await transport.close();
    await rig.close();
  });
  const copies: Message[] = [];
  const replies = await openReplies({
    sendCopy: (queue, copy) => transport.sendCopy(queue, copy),
    openReplyQueue: (queue, { onCopy, onLost }) =>
      transport.openReplyQueue(queue, {
        onCopy(copy) {
          copies.push(copy);
          onCopy(copy);
        },
        onLost,
      }),
  });
  return {
    rig,
    transport,
    replies,
    replyTo: { 'x-asya-reply-to': replies.queue },
    async nextCopy() {
      await nextAnswer(replies);
      const copy = copies.shift();
      assert.ok(copy !== undefined);
      return copy;
    },
  };
}

function routeOf({ names }: Rig, hops: number): object {
  return { actors: Array.from({ length: hops }, () => names.actor), current: 0 };
}

function taken<T>(arrival: Promise<T>): Promise<T> {
  return within(arrival, 'the message', 20_000);
}

async function nextAnswer(replies: Replies): Promise<Answer> {
  const answer = await replies.next(AbortSignal.timeout(20_000));
  assert.ok(answer !== undefined);
  return answer;
}

function summaryOf({ result }: Answer): string {
  return result.kind === 'done' ? result.payload.toString() : result.failure.fault.code;
}
