import assert from 'node:assert/strict';
import { payloadsOf } from '../../kit/runtimes/replies.ts';
import type { RequestLike } from '../../kit/runtimes/request.ts';
import type { Case } from '../case.ts';
import { httpRequest } from '../rawConnection.ts';
import type { RuntimeUnderTest } from '../runtimeUnderTest.ts';

const ENVELOPE = JSON.stringify({
  id: 'Grüße/1',
  route: { actors: ['infer'], current: 0 },
  headers: { 'x-asya-journey-id': 'journey 1', 'x-asya-deadline': '2099-01-02T03:04:05.678Z' },
  payload: { do: 'context' },
});

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** The names of the members that no protocol but `http` carries all of. */
const MEMBERS = ['id', 'journey', 'attempt', 'deadline', 'timeLeft', 'idempotencyKey'];

export const CONTEXT_CASES: readonly Case[] = [
  {
    title: 'the actor receives the attempt of the call',
    protocols: ['http'],
    needs: ['passes a context'],
    async run({ runtime }) {
      const [text = ''] = payloadsOf(await runtime.ask({ do: 'context' }, { attempt: 3 }));
      assert.equal(JSON.parse(text).attempt, 3);
    },
  },
  {
    title: 'the context has what the headers of the request carry',
    protocols: ['http'],
    needs: ['passes a context', 'shares the socket'],
    async run({ runtime }) {
      const context = await contextOf(runtime, { envelope: ENVELOPE, attempt: 2 });
      assert.equal(context['id'], 'Grüße/1');
      assert.equal(context['journey'], 'journey 1');
      assert.equal(context['attempt'], 2);
      assert.equal(context['deadline'], '2099-01-02T03:04:05.678Z');
      assert.match(String(context['idempotencyKey']), /^Grüße\/1\.0\.[0-9a-f]{16}$/);
      assert.ok(Number(context['timeLeft']) > 1000 && Number(context['timeLeft']) <= 10_000);
      assert.equal(context['cancelled'], false);
    },
  },
  {
    title: 'the context has what the envelope carries',
    protocols: ['envelope'],
    needs: ['passes a context'],
    async run({ runtime }) {
      const context = await contextOf(runtime, { envelope: ENVELOPE });
      assert.equal(context['id'], 'Grüße/1');
      assert.equal(context['journey'], 'journey 1');
      assert.equal(context['deadline'], '2099-01-02T03:04:05.678Z');
      assert.equal(context['attempt'], null);
      assert.equal(context['cancelled'], false);
    },
  },
  {
    title: 'the context of a payload has no member',
    protocols: ['payload'],
    needs: ['passes a context'],
    async run({ runtime }) {
      const context = await contextOf(runtime, { envelope: ENVELOPE });
      assert.deepEqual(
        MEMBERS.filter((name) => context[name] !== null),
        [],
      );
      assert.equal(context['cancelled'], false);
    },
  },
  {
    title: 'a call whose time has passed is cancelled',
    protocols: ['http'],
    needs: ['passes a context', 'shares the socket'],
    async run({ runtime }) {
      const connection = await runtime.connect();
      await connection.write(
        httpRequest('{"do":"context"}', { headers: { 'asya-timeout-ms': '0' } }),
      );
      const { body } = await connection.reply();
      const { timeLeft, cancelled } = JSON.parse(body.toString());
      assert.deepEqual([timeLeft, cancelled], [0, true]);
    },
  },
  {
    title: 'the trace context of the call reaches the actor',
    protocols: ['http'],
    needs: ['passes a context'],
    async run({ runtime }) {
      const context = { traceparent: TRACEPARENT };
      const [text = ''] = payloadsOf(await runtime.ask({ do: 'context' }, { context }));
      assert.equal(JSON.parse(text).headers.traceparent, TRACEPARENT);
    },
  },
  {
    title: 'the returned headers have the trace context of the call',
    protocols: ['envelope'],
    async run({ runtime }) {
      const context = { traceparent: TRACEPARENT };
      const reply = await runtime.ask({ do: 'return', value: 1 }, { context });
      assert.ok(reply.kind === 'answered', JSON.stringify(reply));
      const [{ headers } = {}] = reply.items;
      // A runtime that returns no headers keeps those of the envelope.
      if (headers === undefined) return;
      const text = headers.bytes.toString('utf8', headers.range.start, headers.range.end);
      assert.equal(JSON.parse(text).traceparent, TRACEPARENT);
    },
  },
];

async function contextOf(
  runtime: RuntimeUnderTest,
  asked: RequestLike,
): Promise<Readonly<Record<string, unknown>>> {
  const [text = ''] = payloadsOf(await runtime.ask({ do: 'context' }, asked));
  return JSON.parse(text);
}
