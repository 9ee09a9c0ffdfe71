import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openJourneys, type JourneysOptions } from '../../kit/envelopes/journeys.ts';
import type { Script } from '../../kit/runtimes/scriptedRuntime.ts';
import { drawing } from '../../kit/telemetry/spanTree.ts';
import { assertInside, timed } from '../../kit/telemetry/spanTimes.ts';

const SHOWN = [
  'asya.dispatch.kind',
  'asya.attempt',
  'asya.outcome',
  'asya.fanout.size',
  'asya.end',
];

/** The tree of a journey is the same on every transport. */
export function journeyTrees(on: Omit<JourneysOptions, 'actors' | 'telemetry'>): void {
  describe(`a journey on ${on.system}`, () => {
    test('is one tree of publish, process and call for each hop', async (t) => {
      const actors = { prep: () => '{"prepared":true}', infer: () => '42' };
      const journeys = await openJourneys(t, { ...on, actors });
      await journeys.send(['prep', 'infer']);
      const spans = await journeys.finished(1);
      assert.equal(
        journeys.draw(spans, SHOWN),
        drawing(`
          publish prep · producer · kind=next
            process prep · consumer · attempt=1 · outcome=forward
              call prep · client · attempt=1
              publish infer · producer · kind=next
                process infer · consumer · attempt=1 · outcome=forward
                  call infer · client · attempt=1
                  publish happy-end · producer · kind=happy_end
                    process happy-end · consumer · attempt=1 · outcome=end · end=happy-end
        `),
      );
      assert.equal(new Set(spans.map((span) => span.spanContext().traceId)).size, 1);
      for (const { attributes, name } of spans)
        assert.equal(attributes['asya.journey.id'], 'env-1', name);
    });

    test('has each call and publish inside its hop, to the microsecond', async (t) => {
      const journeys = await openJourneys(t, {
        ...on,
        actors: { prep: () => '[1,2]', infer: () => '42' },
      });
      for (let sent = 0; sent < 30; sent++) await journeys.send(['prep', 'infer']);
      const spans = await journeys.finished(60);
      assert.equal(assertInside(spans.map(timed)), 30 * (1 + 2) + 60 * 2);
    });

    test('a copy for the sender of an envelope has no span', async (t) => {
      const journeys = await openJourneys(t, { ...on, actors: { infer: () => '42' } });
      const envelope = { headers: { 'x-asya-reply-to': 'asya:reply:missing' } };
      // On RabbitMQ the first copy opens the channel of the later ones.
      for (let sent = 1; sent <= 3; sent++) {
        await journeys.send(['infer'], { envelope });
        await journeys.finished(sent);
      }
      const names = (await journeys.finished(3)).map(({ name }) => journeys.plain(name));
      const each = ['call infer', 'process happy-end', 'process infer', 'publish happy-end'];
      assert.deepEqual(
        names.toSorted(),
        [...each, 'publish infer'].flatMap((name) => [name, name, name]),
      );
    });

    test('the children of a fan-out are siblings in the tree', async (t) => {
      const journeys = await openJourneys(t, {
        ...on,
        actors: { split: () => '[1,2]', post: () => '0' },
      });
      await journeys.send(['split', 'post']);
      assert.equal(
        journeys.draw(await journeys.finished(2), SHOWN),
        drawing(`
          publish split · producer · kind=next
            process split · consumer · attempt=1 · outcome=fanout · size=2
              call split · client · attempt=1
              publish post · producer · kind=fanout
                process post · consumer · attempt=1 · outcome=forward
                  call post · client · attempt=1
                  publish happy-end · producer · kind=happy_end
                    process happy-end · consumer · attempt=1 · outcome=end · end=happy-end
              publish post · producer · kind=fanout
                process post · consumer · attempt=1 · outcome=forward
                  call post · client · attempt=1
                  publish happy-end · producer · kind=happy_end
                    process happy-end · consumer · attempt=1 · outcome=end · end=happy-end
        `),
      );
    });

    test('a retry is a child of the failed attempt, which is an error', async (t) => {
      const transient = JSON.stringify({ error: 'failed', message: 'not now', type: 'Transient' });
      const infer: Script = (_, call) => (call === 1 ? transient : '42');
      const journeys = await openJourneys(t, { ...on, actors: { infer } });
      await journeys.send(['infer']);
      assert.equal(
        journeys.draw(await journeys.finished(1), SHOWN),
        drawing(`
          publish infer · producer · kind=next
            process infer · consumer · attempt=1 · outcome=retry · error: Transient: not now
              call infer · client · attempt=1 · error: Transient: not now
              publish infer · producer · kind=retry
                process infer · consumer · attempt=2 · outcome=forward
                  call infer · client · attempt=2
                  publish happy-end · producer · kind=happy_end
                    process happy-end · consumer · attempt=1 · outcome=end · end=happy-end
        `),
      );
    });

    test('a permanent failure goes to error-end in the same tree', async (t) => {
      const fatal = JSON.stringify({ error: 'failed', message: 'no image', type: 'ValueError' });
      const journeys = await openJourneys(t, { ...on, actors: { infer: () => fatal } });
      await journeys.send(['infer']);
      const spans = await journeys.finished(1);
      assert.equal(
        journeys.draw(spans, [...SHOWN, 'error.type']),
        drawing(`
          publish infer · producer · kind=next
            process infer · consumer · attempt=1 · outcome=error_end · type=runtime_error · error: ValueError: no image
              call infer · client · attempt=1 · type=runtime_error · error: ValueError: no image
              publish error-end · producer · kind=error_end
                process error-end · consumer · attempt=1 · outcome=end · end=error-end
        `),
      );
    });

    test('the children of a wide fan-out start traces, in which their retries stay', async (t) => {
      const transient = JSON.stringify({ error: 'failed', message: 'not now', type: 'Transient' });
      const post: Script = (_, call) => (call === 1 ? transient : '0');
      const actors = { split: (): string => '[1,2,3]', post };
      const journeys = await openJourneys(t, { ...on, actors, telemetry: { maxFanout: 2 } });
      await journeys.send(['split', 'post']);
      const spans = await journeys.finished(3);
      assert.equal(new Set(spans.map((span) => span.spanContext().traceId)).size, 4);
      const child = `
          publish post · producer · kind=fanout · fanout -> process split
            process post · consumer · outcome=forward
              call post · client
              publish happy-end · producer · kind=happy_end
                process happy-end · consumer · outcome=end`;
      assert.deepEqual(
        journeys
          .draw(spans, ['asya.dispatch.kind', 'asya.outcome'])
          .split(/\n(?=\S)/)
          .toSorted(),
        [
          `
          publish split · producer · kind=next
            process split · consumer · outcome=fanout
              call split · client`,
          `
          publish post · producer · kind=fanout · fanout -> process split
            process post · consumer · outcome=retry · error: Transient: not now
              call post · client · error: Transient: not now
              publish post · producer · kind=retry
                process post · consumer · outcome=forward
                  call post · client
                  publish happy-end · producer · kind=happy_end
                    process happy-end · consumer · outcome=end`,
          child,
          child,
        ]
          .map(drawing)
          .toSorted(),
      );
    });

    test('a replay starts a trace that links to the failed one and holds its retries', async (t) => {
      const transient = JSON.stringify({ error: 'failed', message: 'not now', type: 'Transient' });
      const infer: Script = (_, call) => (call === 1 ? transient : '42');
      const journeys = await openJourneys(t, { ...on, actors: { infer } });
      const traceparent = '00-11111111111111111111111111111111-2222222222222222-01';
      await journeys.send(['infer'], {
        headers: { 'asya-replayed': true },
        envelope: { headers: { traceparent } },
      });
      const spans = await journeys.finished(1);
      assert.equal(
        journeys.draw(spans, ['asya.dispatch.kind', 'asya.outcome']),
        drawing(`
          process infer · consumer · outcome=retry · replay -> outside · error: Transient: not now
            call infer · client · error: Transient: not now
            publish infer · producer · kind=retry
              process infer · consumer · outcome=forward
                call infer · client
                publish happy-end · producer · kind=happy_end
                  process happy-end · consumer · outcome=end
        `),
      );
    });

    test('a message that waited too long starts a trace that links to the stale one', async (t) => {
      const journeys = await openJourneys(t, { ...on, actors: { infer: () => '42' } });
      const traceparent = '00-11111111111111111111111111111111-2222222222222222-01';
      await journeys.send(['infer'], {
        // A sidecar publishes the context in both headers.
        headers: { traceparent, 'asya-published-at': Date.now() - 2 * 3_600_000 },
        envelope: { headers: { traceparent } },
      });
      const spans = await journeys.finished(1);
      assert.equal(
        journeys.draw(spans, ['asya.dispatch.kind', 'asya.outcome']),
        drawing(`
          process infer · consumer · outcome=forward · stale -> outside
            call infer · client
            publish happy-end · producer · kind=happy_end
              process happy-end · consumer · outcome=end
        `),
      );
      const [link] =
        spans.find(({ name }) => journeys.plain(name) === 'process infer')?.links ?? [];
      assert.equal(link?.context.spanId, '2222222222222222');
    });

    test('is one trace whatever the producer sets, and the envelope wins over the transport', async (t) => {
      const journeys = await openJourneys(t, { ...on, actors: { infer: () => '42' } });
      const transport = { traceparent: '00-11111111111111111111111111111111-1111111111111111-01' };
      const envelope = { traceparent: '00-22222222222222222222222222222222-2222222222222222-01' };
      const cases = [
        { headers: transport, own: {}, trace: '1'.repeat(32) },
        { headers: {}, own: envelope, trace: '2'.repeat(32) },
        { headers: transport, own: envelope, trace: '2'.repeat(32) },
        { headers: {}, own: {}, trace: undefined },
        { headers: { traceparent: 'nonsense' }, own: { traceparent: 7 }, trace: undefined },
      ];
      for (const [index, { headers, own, trace }] of cases.entries()) {
        await journeys.send(['infer'], { headers, envelope: { id: `env-${index}`, headers: own } });
        const spans = (await journeys.finished(index + 1)).filter(
          ({ attributes }) => attributes['asya.journey.id'] === `env-${index}`,
        );
        const traces = new Set(spans.map((span) => span.spanContext().traceId));
        assert.equal(spans.length, 4, `case ${index}`);
        assert.equal(traces.size, 1, `case ${index}`);
        if (trace !== undefined) assert.ok(traces.has(trace), `case ${index}`);
      }
    });
  });
}
