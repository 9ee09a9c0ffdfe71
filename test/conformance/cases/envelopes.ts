import assert from 'node:assert/strict';
import type { Case } from '../case.ts';

const ENVELOPE = JSON.stringify({
  id: 'env-1',
  parent_id: 'env-0',
  route: { actors: ['infer', 'post'], current: 0, metadata: { team: 'a' } },
  headers: { priority: 'high', 'x-asya-hops': 3 },
  payload: { do: 'return', value: [{ n: 1 }, { n: 2 }] },
});

export const ENVELOPE_CASES: readonly Case[] = [
  {
    title: 'the route of each returned envelope is advanced by one actor',
    protocols: ['envelope'],
    async run({ runtime }) {
      const reply = await runtime.ask({ do: '' }, { envelope: ENVELOPE });
      assert.ok(reply.kind === 'answered', JSON.stringify(reply));
      for (const { route } of reply.items) {
        assert.deepEqual([route?.actors, route?.current], [['infer', 'post'], 1]);
        assert.match(route?.bytes.toString() ?? '', /"metadata": ?\{"team": ?"a"\}/);
      }
      assert.equal(reply.items.length, 2);
    },
  },
  {
    title: 'the headers of the envelope are returned',
    protocols: ['envelope'],
    async run({ runtime }) {
      const reply = await runtime.ask({ do: '' }, { envelope: ENVELOPE });
      assert.ok(reply.kind === 'answered', JSON.stringify(reply));
      for (const { headers } of reply.items) {
        // A runtime that returns no headers keeps those of the envelope.
        if (headers === undefined) continue;
        const { bytes, range } = headers;
        assert.match(bytes.toString('utf8', range.start, range.end), /"priority": ?"high"/);
      }
    },
  },
  {
    title: 'the last actor of a route returns an index behind its end',
    protocols: ['envelope'],
    async run({ runtime }) {
      const envelope =
        '{"id":"env-1","route":{"actors":["infer"],"current":0},"payload":{"do":"return","value":1}}';
      const reply = await runtime.ask({ do: '' }, { envelope });
      assert.ok(reply.kind === 'answered', JSON.stringify(reply));
      assert.deepEqual(
        reply.items.map(({ route }) => route?.current),
        [1],
      );
    },
  },
];
