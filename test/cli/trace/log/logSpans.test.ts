import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawWaterfall } from '../../../../src/cli/trace/waterfall.ts';
import { findJourneys } from '../../../../src/cli/trace/journeys/journey.ts';
import type { Step } from '../../../../src/cli/trace/journeys/steps.ts';
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
      prep         forward                 10 ms  ████▒
        infer      retry runtime_error     10 ms       ·····▒▒▒▒▒
          ValueError: no text
        infer (2)  forward                 10 ms                 ···············███▒▒▒
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

/** The pending envelopes of a journey, in short. */
function pendingOf(hops: readonly HopLine[]): string[] {
  return findJourneys(createLogSpans(hops, ENDS)).flatMap(({ pending }) =>
    pending.map(
      ({ actor, sinceMs, isRepeated, count }) =>
        `${count} ${actor} ${isRepeated ? 'again' : 'new'} ${sinceMs - START_MS}`,
    ),
  );
}

test('an envelope that no hop follows waits for the actor it was sent to', () => {
  const prep = line({ at: 0, actor: 'prep', hops: 0, destination: 'geo', dispatched: 1 });
  const geo = line({ at: 20, actor: 'geo', hops: 1, destination: 'happy-end' });
  assert.deepEqual(pendingOf([prep]), ['1 geo new 10']);
  assert.deepEqual(pendingOf([prep, geo]), []);
  assert.deepEqual(pendingOf([prep, { ...geo, outcome: 'error_end' }]), []);
});

test('the children of a fan-out that no hop follows are counted', () => {
  const split = line({
    at: 0,
    actor: 'split',
    hops: 0,
    outcome: 'fanout',
    destination: 'geo',
    dispatched: 3,
  });
  const first = line({ at: 20, actor: 'geo', hops: 1, destination: 'happy-end' });
  const last = line({ at: 20, actor: 'geo', id: 'env-1.0.2', hops: 1, destination: 'post' });
  assert.deepEqual(pendingOf([split]), ['3 geo new 10']);
  assert.deepEqual(pendingOf([split, first, last]), ['1 geo new 10', '1 post new 30']);
  assert.match(draw([split, first, last]), /^ {2}geo \[0\] .*\n {2}geo \[2\] {2}forward → post /m);
});

test('an envelope that was retried or given back waits until a hop follows', () => {
  const prep = line({ at: 0, actor: 'prep', hops: 0, destination: 'geo' });
  const given = { at: 20, actor: 'geo', hops: 1, wait_ms: 5, outcome: 'give_back' };
  const back = line({ ...given, reason: 'breaker' });
  const again = line({ ...given, at: 40, wait_ms: 25, reason: 'breaker' });
  const retry = line({ ...given, at: 60, wait_ms: 45, ...FAILED, outcome: 'retry' });
  const done = line({ at: 90, actor: 'geo', hops: 1, attempt: 2, destination: 'happy-end' });
  assert.deepEqual(pendingOf([prep, back]), ['1 geo again 30']);
  assert.deepEqual(pendingOf([prep, back, again]), ['1 geo again 50']);
  assert.deepEqual(pendingOf([prep, back, again, retry]), ['1 geo again 70']);
  assert.deepEqual(pendingOf([prep, back, again, retry, done]), []);
  assert.deepEqual(pendingOf([back]), ['1 geo again 30']);
});

test('a hop that found no runtime is drawn without time in the runtime', () => {
  const absent = { outcome: 'give_back', reason: 'runtime_absent', runtime_ms: 8 };
  const drawn = draw([line({ at: 0, actor: 'infer', hops: 0, ...absent })]);
  assert.match(drawn, /^infer {5}give_back runtime_absent .* ▒+$/m);
});

test('a failed probe is no failed attempt, and its error is drawn', () => {
  const err = { type: 'RuntimeError', message: 'CUDA' };
  const probe = { ...FAILED, level: 'warn', outcome: 'retry', probe: true, err };
  const drawn = draw([line({ at: 0, actor: 'infer', hops: 0, ...probe })]);
  assert.match(drawn, /^infer {5}retry probe .*\n {2}RuntimeError: CUDA\n/m);
});

test('an attempt that is repeated alone is no failed attempt', () => {
  const err = { type: 'runtime_crashed', message: 'the connection was lost' };
  const repeated = { ...FAILED, level: 'warn', outcome: 'retry', reason: 'alone', err };
  const drawn = draw([line({ at: 0, actor: 'infer', hops: 0, ...repeated })]);
  assert.match(drawn, /^infer {5}retry alone .*\n/m);
});

test('the wait for the rate limit is drawn before the call', () => {
  const limited = { rate_limit_ms: 50, runtime_ms: 25, duration: 100 };
  const drawn = draw([line({ at: 0, actor: 'infer', hops: 0, outcome: 'end', ...limited })]);
  assert.match(drawn, / {2}·{27}█{14}▒{14}\n· in a queue, or for the rate limit /);
});

test('the wait for a batch is drawn before the call', () => {
  const gathered = { batch_wait_ms: 50, runtime_ms: 25, duration: 100 };
  const drawn = draw([line({ at: 0, actor: 'infer', hops: 0, outcome: 'end', ...gathered })]);
  assert.match(drawn, / {2}·{27}█{14}▒{14}\n· in a queue, or for a batch /);
});

test('other lines of a log are no hops', () => {
  for (const text of ['', 'text', '{"level":"info","msg":"started"}', '{"outcome":"forward"}']) {
    assert.equal(readHopLine(text), undefined);
  }
  const complete = line({ at: 0, actor: 'a', hops: 0 });
  assert.equal(complete.code, undefined);
});
