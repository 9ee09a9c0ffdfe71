import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findJourneys, type Journey } from '../../../src/cli/trace/journeys/journey.ts';
import type { AttributeValue, TracedSpan } from '../../../src/cli/trace/spans/otlp.ts';
import { drawWaterfall } from '../../../src/cli/trace/waterfall.ts';
import { drawing } from '../../kit/telemetry/spanTree.ts';

type Times = readonly [startMs: number, endMs: number];

/** Adds spans one by one. The id of a span is its index. */
function setup() {
  const spans: TracedSpan[] = [];
  const add = (
    name: string,
    parentSpanId: string | undefined,
    [startMs, endMs]: Times,
    attributes: Record<string, AttributeValue> = {},
    more: Partial<TracedSpan> = {},
  ): string => {
    const spanId = String(spans.length);
    const span = { traceId: 'a', links: [], failed: false, message: undefined };
    const named = new Map(Object.entries(attributes));
    spans.push({ ...span, spanId, parentSpanId, name, startMs, endMs, attributes: named, ...more });
    return spanId;
  };
  const hop = (
    actor: string,
    parent: string | undefined,
    times: Times,
    attributes: Record<string, AttributeValue> = {},
    more: Partial<TracedSpan> = {},
  ): string => {
    const own = {
      'asya.journey.id': 'env-1',
      'asya.actor': actor,
      'asya.outcome': 'forward',
      ...attributes,
    };
    return add(`process ${actor}`, parent, times, own, more);
  };
  const publish = (
    to: string,
    parent: string | undefined,
    times: Times,
    kind = 'next',
    more = {},
  ): string =>
    add(
      `publish ${to}`,
      parent,
      times,
      { 'asya.journey.id': 'env-1', 'asya.dispatch.kind': kind },
      more,
    );
  return { spans, add, hop, publish };
}

function only(journeys: readonly Journey[]): Journey {
  assert.equal(journeys.length, 1);
  const [journey] = journeys;
  assert.ok(journey !== undefined);
  return journey;
}

function draw(spans: readonly TracedSpan[], width = 80): string {
  return drawWaterfall(only(findJourneys(spans)), { width, colour: false });
}

test('each hop is a row with its time in the queue, the sidecar and the runtime', () => {
  const { spans, add, hop, publish } = setup();
  const prep = hop('prep', publish('prep', undefined, [0, 10]), [10, 50]);
  add('call prep', prep, [20, 40]);
  hop('happy-end', publish('happy-end', prep, [45, 50]), [80, 100], { 'asya.outcome': 'end' });
  const expected = drawing(`
    journey env-1 · 2 hops · 100 ms · 1970-01-01T00:00:00.000Z
                                    0                                         100 ms
    prep         forward     40 ms      ▒▒▒▒▒██████████▒▒▒▒▒
      happy-end  end         20 ms                          ··············▒▒▒▒▒▒▒▒▒▒
    · in a queue   ▒ the sidecar   █ the runtime
  `);
  assert.equal(draw(spans), `${expected}\n`);
});

test('another attempt has the same indent, and an error is printed below its attempt', () => {
  const { spans, hop, publish } = setup();
  const failed = { 'asya.outcome': 'retry', 'error.type': 'runtime_error' };
  const first = hop('infer', undefined, [0, 10], failed, {
    failed: true,
    message: 'out of\n memory',
  });
  hop('infer', publish('infer', first, [9, 10], 'retry'), [50, 60], { 'asya.attempt': 2 });
  const rows = draw(spans).split('\n');
  assert.match(rows[2] ?? '', /^infer {6}retry runtime_error/);
  assert.match(rows[3] ?? '', /^ {2}out of memory$/);
  assert.match(rows[4] ?? '', /^infer \(2\) {2}forward .* ·+▒+$/);
});

test('a linked trace is drawn below the span that its link names', () => {
  const { spans, hop, publish } = setup();
  const wide = hop('split', undefined, [0, 10], { 'asya.outcome': 'fanout' });
  const own = { traceId: 'b', links: [{ spanId: wide, reason: 'fanout' }] };
  hop(
    'post',
    publish('post', undefined, [8, 9], 'fanout', own),
    [10, 20],
    { 'asya.envelope.id': 'env-1.0.3' },
    { traceId: 'b' },
  );
  const journey = only(findJourneys(spans));
  assert.equal(journey.traces, 2);
  assert.match(draw(spans), /^ {2}post \[3\] \(fanout\)/m);
});

test('a journey has ended when it was sent to an end, even if the end has no sidecar', () => {
  const { spans, hop, publish } = setup();
  const split = hop('split', undefined, [0, 10]);
  assert.deepEqual(only(findJourneys(spans)).ends, []);
  publish('post', split, [1, 2], 'fanout');
  publish('error-end', split, [2, 3], 'error_end');
  assert.deepEqual(only(findJourneys(spans)).ends, ['error-end']);
  hop('done', publish('done', split, [3, 4], 'happy_end'), [5, 6], { 'asya.end': 'happy-end' });
  assert.deepEqual(only(findJourneys(spans)).ends, ['error-end', 'happy-end']);
});

test('an envelope that no hop follows waits for the actor it was sent to', () => {
  const { spans, hop, publish } = setup();
  const prep = hop('prep', undefined, [0, 10]);
  publish('infr', prep, [4, 5], 'next', { failed: true });
  publish('geo', prep, [5, 9]);
  const rows = draw(spans).split('\n');
  assert.match(rows[2] ?? '', /^prep {6}forward → geo {2}/);
  assert.equal(rows[3], 'waiting for geo since 00:00:00 UTC (no ended hop there in these files)');
});

test('an envelope that was given back waits until another delivery ends', () => {
  const { spans, hop, publish } = setup();
  const sent = publish('infer', hop('prep', undefined, [0, 10]), [8, 9]);
  const given = { 'asya.outcome': 'give_back', 'asya.outcome.reason': 'breaker' };
  hop('infer', sent, [20, 30], given);
  const waits = 'waiting for infer since 00:00:00 UTC (no later hop there in these files)';
  assert.match(draw(spans), /^ {2}infer {3}give_back breaker /m);
  assert.equal(draw(spans).split('\n')[4], waits);
  hop('infer', sent, [40, 50], { 'asya.outcome': 'end' });
  assert.deepEqual(only(findJourneys(spans)).pending, []);
});

test('a give-back is yellow, without time in the runtime if no call ran', () => {
  const { spans, hop } = setup();
  hop('infer', undefined, [0, 10], {
    'asya.outcome': 'give_back',
    'asya.outcome.reason': 'draining',
  });
  const [journey] = findJourneys(spans);
  const drawn = drawWaterfall(journey ?? assert.fail(), { width: 80, colour: true });
  assert.ok(drawn.includes('\u001B[33mgive_back draining'));
  assert.equal(drawn.match(/█/g)?.length, 1, 'only in the legend');
});

test('a call that did not reach the runtime is no time in the runtime', () => {
  const { spans, add, hop } = setup();
  const given = { 'asya.outcome': 'give_back', 'asya.outcome.reason': 'runtime_absent' };
  const absent = { 'error.type': 'runtime_absent' };
  const failed = { failed: true, message: 'no process listens on the socket' };
  add('call infer', hop('infer', undefined, [0, 10], given), [1, 9], absent, failed);
  assert.match(draw(spans), /^infer {5}give_back runtime_absent .* ▒+\n {2}no process listens/m);
});

test('a long id has a line of its own, and the state of the files is not cut', () => {
  const { spans, hop, publish } = setup();
  const id = `sha256-${'3fa9c1d7'.repeat(8)}`;
  const actor = 'a'.repeat(45);
  publish(actor, hop('prep', undefined, [0, 10], { 'asya.journey.id': id }), [5, 9]);
  const rows = draw(spans).split('\n');
  assert.deepEqual(rows.slice(0, 2), [
    `journey ${id}`,
    '  1 hop · 10 ms · 1970-01-01T00:00:00.000Z',
  ]);
  assert.deepEqual(rows.slice(4, 6), [
    `waiting for ${actor} since 00:00:00 UTC`,
    '  (no ended hop there in these files)',
  ]);
  for (const row of rows) assert.ok(row.length <= 80, row);
});

test('the error of a call is drawn below a hop that has none', () => {
  const { spans, add, hop } = setup();
  const probe = { 'asya.outcome': 'retry', 'asya.outcome.reason': 'probe' };
  const failed = { failed: true, message: 'RuntimeError: CUDA' };
  add('call infer', hop('infer', undefined, [0, 10], probe), [1, 9], {}, failed);
  assert.match(draw(spans), /^infer {5}retry probe .*\n {2}RuntimeError: CUDA$/m);
});

test('the wait for the rate limit is drawn before the call', () => {
  const { spans, add, hop } = setup();
  const limited = { 'asya.outcome': 'end', 'asya.rate_limit.wait': 0.05 };
  add('call infer', hop('infer', undefined, [0, 100], limited), [50, 75]);
  assert.match(draw(spans), / {2}·{27}█{14}▒{14}\n· in a queue, or for the rate limit /);
});

test('the waits for a batch and for the rate limit are drawn before the call', () => {
  const { spans, add, hop } = setup();
  const waits = { 'asya.outcome': 'end', 'asya.batch.wait': 0.02, 'asya.rate_limit.wait': 0.03 };
  add('call infer', hop('infer', undefined, [0, 100], waits), [60, 80]);
  const drawn = draw(spans);
  assert.match(drawn, / {2}▒{5,6}·{27,28}█{11}▒{11}\n/);
  assert.match(drawn, /^· in a queue, or for a batch, or for the rate limit /m);
});

test('a child of a fan-out has the index of its id', () => {
  const { spans, hop, publish } = setup();
  const split = { 'asya.outcome': 'fanout', 'asya.envelope.id': 'env-1' };
  const parent = hop('split', undefined, [0, 10], split);
  for (const [index, id] of ['env-1', 'env-1.0.1', 'env-1.0.12'].entries()) {
    const sent = publish('post', parent, [8, 9], 'fanout');
    const child = hop('post', sent, [20 + index, 30], { 'asya.envelope.id': id });
    const next = publish('done', child, [28, 29]);
    hop('done', next, [40, 50], { 'asya.outcome': 'end', 'asya.envelope.id': id });
  }
  const names = draw(spans).match(/^ *(split|post|done)( \[\d+\])?/gm);
  const children = ['0', '1', '12'].flatMap((index) => [`  post [${index}]`, '    done']);
  assert.deepEqual(names, ['split', ...children]);
});

test('the spans of a runtime are drawn below the hop that called it', () => {
  const { spans, add, hop } = setup();
  const call = add('call infer', hop('infer', undefined, [0, 10]), [1, 9]);
  add('load model', add('handle', call, [2, 8]), [3, 4]);
  assert.match(draw(spans), /^ {2}- handle.*\n {4}- load model/m);
});

test('the spans of a runtime that was called with a batch are drawn below each of its hops', () => {
  const { spans, add, hop } = setup();
  const batch = add('call batch', undefined, [2, 8], {}, { traceId: 'b' });
  add('handle', batch, [3, 7], {}, { traceId: 'b' });
  const links = [{ spanId: batch, reason: undefined }];
  for (const id of ['env-1', 'env-2']) {
    const first = hop('infer', undefined, [0, 10], { 'asya.journey.id': id });
    add('call infer', first, [1, 9], {}, { links });
  }
  for (const journey of findJourneys(spans)) {
    const drawn = drawWaterfall(journey, { width: 80, colour: false });
    assert.match(drawn, /^infer .*\n {2}- handle .*\n·/m);
    assert.equal(journey.hops, 1);
  }
});

test('a span that two files contain counts once, and a cycle of spans terminates', () => {
  const { spans, hop } = setup();
  hop('infer', '1', [0, 10]);
  hop('infer', '0', [10, 20]);
  hop('prep', undefined, [0, 1]);
  assert.equal(only(findJourneys([...spans, ...spans])).hops, 3);
  assert.match(draw([...spans, ...spans]), /prep/);
});

test('no row is wider than the terminal', () => {
  const { spans, hop } = setup();
  const error = { 'asya.outcome': 'error_end', 'error.type': 'redelivered_too_often' };
  hop('a'.repeat(200), undefined, [0, 10], error, { failed: true, message: 'x'.repeat(500) });
  for (const line of draw(spans, 80).split('\n')) assert.ok(line.length <= 80, line);
});

test('control characters of a message are escaped', () => {
  const { spans, hop } = setup();
  hop(
    'infer',
    undefined,
    [0, 1],
    {},
    { failed: true, message: '\u001b]0;owned\u0007\u001b[2J\u009b31mred' },
  );
  assert.doesNotMatch(draw(spans).replaceAll('\n', ''), /\p{Cc}/u);
});
