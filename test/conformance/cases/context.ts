import assert from 'node:assert/strict';
import { payloadsOf } from '../../kit/runtimes/replies.ts';
import type { Case } from '../case.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

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
