import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import test from 'node:test';
import { drawJourneyTree } from '../../../examples/demo/journeyTree.ts';
import { Screen } from '../../../examples/demo/screen.ts';
import type { Journey } from '../../../src/cli/trace/journeys/journey.ts';
import type { Step } from '../../../src/cli/trace/journeys/steps.ts';

test('consecutive hops are drawn below each other', () => {
  const end = hop('happy-end', 30, 'end');
  const post = hop('post', 10, 'forward', { next: [end], wait: { startMs: 9, endMs: 10 } });
  const prep = hop('prep', 0, 'forward', { next: [post], calls: [{ startMs: 0.5, endMs: 1.5 }] });
  assert.deepEqual(draw(prep), [
    '  +0.0 ms  ● prep       → post       2.0 ms, runtime 1.0 ms',
    '   +10 ms  ● post       → happy-end  2.0 ms, waited 1.0 ms',
    '   +30 ms  ■ happy-end  arrived      2.0 ms',
  ]);
});

test('a hop that led to several hops has branches', () => {
  const fanout = hop('post', 20, 'fanout', {
    width: 2,
    next: [hop('end', 30, 'end'), hop('end', 31, 'end')],
  });
  const forward = hop('post', 21, 'forward', { next: [hop('end', 32, 'end')] });
  const failed = hop('post', 22, 'error_end', { fault: 'no', next: [hop('error', 33, 'end')] });
  const split = hop('split', 10, 'fanout', { width: 3, next: [fanout, forward, failed] });
  const again = hop('prep', 5, 'forward', { next: [split] });
  assert.deepEqual(draw(hop('prep', 0, 'retry', { fault: 'busy', next: [again] })), [
    '  +0.0 ms  ↻ prep     retried later  2.0 ms',
    '               runtime_error: busy',
    '  +5.0 ms  ● prep     → split        2.0 ms',
    '   +10 ms  ● split    ⇉ 3 envelopes  2.0 ms',
    '   +20 ms  ├─● post   ⇉ 2 envelopes  2.0 ms',
    '   +30 ms  │ ├─■ end  arrived        2.0 ms',
    '   +31 ms  │ └─■ end  arrived        2.0 ms',
    '   +21 ms  ├─● post   → end          2.0 ms',
    '   +32 ms  │ ■ end    arrived        2.0 ms',
    '   +22 ms  └─✗ post   → error        2.0 ms',
    '                 runtime_error: no',
    '   +33 ms    ■ error  arrived        2.0 ms',
  ]);
});

interface HopOptions extends Partial<Omit<Step, 'span'>> {
  readonly width?: number;
  readonly fault?: string;
}

function hop(actor: string, startMs: number, outcome: string, options: HopOptions = {}): Step {
  const { width, fault, ...step } = options;
  const attributes = new Map<string, string | number>([
    ['asya.actor', actor],
    ['asya.outcome', outcome],
  ]);
  if (width !== undefined) attributes.set('asya.fanout.size', width);
  if (fault !== undefined) attributes.set('error.type', 'runtime_error');
  const span = {
    traceId: '1',
    spanId: `${actor}-${startMs}`,
    parentSpanId: undefined,
    name: `process ${actor}`,
    startMs,
    endMs: startMs + 2,
    attributes,
    links: [],
    failed: fault !== undefined,
    message: fault,
  };
  const rest = {
    gathered: undefined,
    limited: undefined,
    message: fault,
    fanoutIndex: undefined,
    pending: [],
  };
  return { span, wait: undefined, calls: [], via: undefined, next: [], ...rest, ...step };
}

function draw(root: Step): string[] {
  const journey: Journey = {
    id: 'a',
    roots: [root],
    hops: 1,
    ends: [],
    actors: new Set(),
    failed: false,
    pending: [],
    traces: 1,
    startMs: 0,
    endMs: 40,
  };
  return drawJourneyTree(journey, PLAIN);
}

/** A screen without colours. */
const PLAIN = new Screen(new PassThrough());
