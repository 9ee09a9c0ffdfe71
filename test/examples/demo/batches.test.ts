import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeBatches } from '../../../examples/demo/batches.ts';
import type { TracedSpan } from '../../../src/cli/trace/spans/otlp.ts';

test('the line of batches has the payloads and the calls of an actor', () => {
  const spans = [
    span('call shout'),
    span('call shout', 2),
    span('call shout', 2),
    span('call batch', 2),
    span('call enrich'),
  ];
  assert.equal(
    describeBatches('shout', spans),
    'shout handled 3 payloads in 2 calls; the largest batch had 2',
  );
});

test('a call of one payload is a call without a batch', () => {
  assert.equal(
    describeBatches('shout', [span('call shout')]),
    'shout handled 1 payload in 1 call; the largest batch had 1',
  );
});

function span(name: string, batchSize?: number): TracedSpan {
  return {
    traceId: 'a',
    spanId: 'b',
    parentSpanId: undefined,
    name,
    startMs: 0,
    endMs: 1,
    attributes: new Map(batchSize === undefined ? [] : [['asya.batch.size', batchSize]]),
    links: [],
    failed: false,
    message: undefined,
  };
}
