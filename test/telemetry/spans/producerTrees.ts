import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openJourneys, type JourneysOptions } from '../../kit/envelopes/journeys.ts';
import type { Script } from '../../kit/runtimes/scriptedRuntime.ts';
import { drawing } from '../../kit/telemetry/spanTree.ts';

const SHOWN = [
  'asya.dispatch.kind',
  'asya.attempt',
  'asya.outcome',
  'asya.fanout.size',
  'asya.end',
  'error.type',
];

const PARENT = '2222222222222222';
const traceparent = `00-11111111111111111111111111111111-${PARENT}-01`;

/** The headers in which a producer writes its trace context. */
const PRODUCERS = {
  'only the header of the transport': { headers: { traceparent }, own: {}, parent: PARENT },
  'only that of the envelope': { headers: {}, own: { traceparent }, parent: PARENT },
  both: { headers: { traceparent }, own: { traceparent }, parent: PARENT },
  'no header at all': { headers: {}, own: {}, parent: undefined },
};

/** Three actors and a fan-out of five children, of which one fails and one is retried. */
export function producerTrees(on: Omit<JourneysOptions, 'actors' | 'telemetry'>): void {
  describe(`a journey with all outcomes on ${on.system}`, () => {
    for (const [set, { headers, own, parent }] of Object.entries(PRODUCERS)) {
      test(`is this one tree if its producer sets ${set}`, async (t) => {
        const actors = { prep: () => '0', split: () => '[1,2,3,4,5]', post: createPost() };
        const journeys = await openJourneys(t, { ...on, actors });
        await journeys.send(['prep', 'split', 'post'], { headers, envelope: { headers: own } });
        const spans = await journeys.finished(5);
        assert.equal(journeys.draw(spans, SHOWN), TREE);
        const root = spans.find(({ name }) => journeys.plain(name) === 'process prep');
        assert.equal(root?.parentSpanContext?.spanId, parent);
      });
    }
  });
}

const failed = JSON.stringify({ error: 'failed', message: 'no image', type: 'ValueError' });
const again = JSON.stringify({ error: 'failed', message: 'not now', type: 'Transient' });

/** The second payload fails permanently, and the fourth fails once. */
function createPost(): Script {
  let fourths = 0;
  return (payload) => {
    if (payload === '2') return failed;
    return payload === '4' && ++fourths === 1 ? again : payload;
  };
}

const FORWARDED = `
            publish post · producer · kind=fanout
              process post · consumer · attempt=1 · outcome=forward
                call post · client · attempt=1
                publish happy-end · producer · kind=happy_end
                  process happy-end · consumer · attempt=1 · outcome=end · end=happy-end`;

const TREE = drawing(`
      process prep · consumer · attempt=1 · outcome=forward
        call prep · client · attempt=1
        publish split · producer · kind=next
          process split · consumer · attempt=1 · outcome=fanout · size=5
            call split · client · attempt=1${FORWARDED}
            publish post · producer · kind=fanout
              process post · consumer · attempt=1 · outcome=error_end · type=runtime_error · error: ValueError: no image
                call post · client · attempt=1 · type=runtime_error · error: ValueError: no image
                publish error-end · producer · kind=error_end
                  process error-end · consumer · attempt=1 · outcome=end · end=error-end${FORWARDED}
            publish post · producer · kind=fanout
              process post · consumer · attempt=1 · outcome=retry · type=runtime_error · error: Transient: not now
                call post · client · attempt=1 · type=runtime_error · error: Transient: not now
                publish post · producer · kind=retry
                  process post · consumer · attempt=2 · outcome=forward
                    call post · client · attempt=2
                    publish happy-end · producer · kind=happy_end
                      process happy-end · consumer · attempt=1 · outcome=end · end=happy-end${FORWARDED}
`);
