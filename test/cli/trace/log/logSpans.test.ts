import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawWaterfall } from '../../../../src/cli/trace/waterfall.ts';
import { findJourneys, type Step } from '../../../../src/cli/trace/journey.ts';
import { readHopLine, type HopLine } from '../../../../src/cli/trace/log/hopLine.ts';
import { createLogSpans } from '../../../../src/cli/trace/log/logSpans.ts';
import { drawing } from '../../../kit/telemetry/spanTree.ts';

const ENDS = { happyEnd: 'happy-end', errorEnd: 'error-end' };
const START_MS = Date.parse('2026-11-29T12:00:00.000Z');

interface Given {
  /** The start, in milliseconds after the first hop. */
  readonly at: number;
  readonly actor: string;
  readonly id?: string;
  readonly hops: number;
  readonly outcome?: string;
  readonly duration?: number;
  readonly [field: string]: unknown;
}

/** A hop of 10 ms, as a sidecar logs it. */
function line({
  at,
  actor,
  id = 'env-1',
  hops,
  outcome = 'forward',
  duration = 10,
  ...more
}: Given) {
  const entry = {
    level: 'info',
    time: new Date(START_MS + at + duration).toISOString(),
    actor,
    journey_id: 'env-1',
    envelope_id: id,
    outcome,
    attempt: 1,
    hops,
    duration_ms: duration,
    ...more,
  };
  return readHopLine(JSON.stringify(entry)) ?? assert.fail('not a hop');
}

function draw(hops: readonly HopLine[]): string {
  const [journey] = findJourneys(createLogSpans(hops, ENDS));
  return drawWaterfall(journey ?? assert.fail('no journey'), { width: 80, colour: false });
}

/** The actors in the order of the steps, indented, with the reason that each follows. */
function tree(hops: readonly HopLine[]): string[] {
  const lines = (steps: readonly Step[], depth: number): string[] =>
    steps.flatMap(({ span, via, next }) => {
      const actor = span.name.replace('process ', '');
      const reason = via === undefined ? '' : ` ${via}`;
      return [`${' '.repeat(depth)}${actor}${reason}`, ...lines(next, depth + 1)];
    });
  return findJourneys(createLogSpans(hops, ENDS)).flatMap(({ roots }) => lines(roots, 0));
}

const FAILED = { outcome: 'error_end', code: 'runtime_error', level: 'error' };

test('a journey of log lines is drawn as one of spans is', () => {
  const err = { type: 'ValueError', message: 'no text' };
  const hops = [
    line({ at: 0, actor: 'prep', hops: 0, runtime_ms: 8 }),
    line({ at: 20, actor: 'infer', hops: 1, wait_ms: 10, ...FAILED, outcome: 'retry', err }),
    line({ at: 60, actor: 'infer', hops: 1, attempt: 2, runtime_ms: 5, destination: 'happy-end' }),
  ];
  assert.equal(
    draw(hops).trimEnd(),
    drawing(`
      journey env-1 · 3 hops · 70 ms · 2026-11-29T12:00:00.000Z
                                                  0                              70 ms
      prep         forward                 10 ms  ▒████
        infer      retry runtime_error     10 ms       ·····▒▒▒▒▒
          no text
        infer (2)  forward                 10 ms                 ···············▒▒▒███
      · in a queue   ▒ the sidecar   █ the runtime
    `),
  );
});

test('a replay follows the hop that failed, with and without a hop at error-end', () => {
  const failed = line({ at: 0, actor: 'infer', hops: 0, ...FAILED, destination: 'error-end' });
  const replayed = line({ at: 9_000, actor: 'infer', hops: 2, destination: 'happy-end' });
  assert.deepEqual(tree([failed, replayed]), ['infer', ' infer replay']);

  const parked = line({
    at: 20,
    actor: 'error-end',
    hops: 1,
    outcome: 'parked',
    destination: 'error-end:parked',
  });
  assert.deepEqual(tree([failed, parked, replayed]), ['infer', ' error-end', '  infer replay']);
});

test('a delivery that was given back, and one whose outcome was reused, lead to no hop', () => {
  const hops = [
    line({ at: 0, actor: 'prep', hops: 0 }),
    line({ at: 20, actor: 'infer', hops: 1, outcome: 'give_back', reason: 'runtime_absent' }),
    line({ at: 40, actor: 'infer', hops: 1 }),
    line({ at: 45, actor: 'infer', hops: 1, reused: true }),
    line({ at: 60, actor: 'happy-end', hops: 2, outcome: 'end' }),
  ];
  assert.deepEqual(tree(hops), ['prep', ' infer', ' infer', '  happy-end', ' infer']);
});

test('a hop whose previous hop was not logged is a root', () => {
  const hops = [
    line({ at: 0, actor: 'prep', hops: 0 }),
    line({ at: 40, actor: 'post', hops: 2 }),
    line({ at: 50, actor: 'post', id: 'env-1.7.1', hops: 8 }),
    line({ at: 60, actor: 'post', id: 'env-9.0.1', hops: 3 }),
  ];
  assert.deepEqual(tree(hops), ['prep', 'post', 'post', 'post']);
});

test('a host whose clock is behind does not separate a hop from the previous one', () => {
  const hops = [
    line({ at: 1_000, actor: 'prep', hops: 0 }),
    line({ at: 0, actor: 'infer', hops: 1 }),
  ];
  assert.deepEqual(tree(hops), ['prep', ' infer']);
});

test('a journey has ended where its last hop was sent to, though the end logs nothing', () => {
  const endsOf = (more: object): readonly string[] | undefined =>
    findJourneys(createLogSpans([line({ at: 0, actor: 'a', hops: 0, ...more })], ENDS))[0]?.ends;
  assert.deepEqual(endsOf({ destination: 'happy-end' }), ['happy-end']);
  assert.deepEqual(endsOf({ outcome: 'empty' }), ['happy-end']);
  assert.deepEqual(endsOf({ ...FAILED }), ['error-end']);
  assert.deepEqual(endsOf({ ...FAILED, outcome: 'retry' }), []);
  assert.deepEqual(endsOf({ outcome: 'end' }), ['happy-end']);
  assert.deepEqual(endsOf({ destination: 'post' }), []);
});

test('other lines of a log are no hops', () => {
  for (const text of ['', 'text', '{"level":"info","msg":"started"}', '{"outcome":"forward"}']) {
    assert.equal(readHopLine(text), undefined);
  }
  const complete = line({ at: 0, actor: 'a', hops: 0 });
  assert.equal(complete.failure, undefined);
});
