import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRequest } from '../../../../../src/cli/trace/spans/otlp.ts';
import { SpanStore } from '../../../../../src/cli/ui/journey/traces/spanStore.ts';
import { findActors } from '../../../../../src/cli/ui/journey/traces/tracedActors.ts';
import { hopSpan, otlpLine, type OtlpSpan } from '../../../../kit/telemetry/otlpLines.ts';

let count = 0;

function publish(parentSpanId: string, to: string, kind: string, error?: string): OtlpSpan {
  return {
    spanId: `publish-${count++}`,
    parentSpanId,
    name: `publish ${to}`,
    attributes: { 'asya.dispatch.kind': kind },
    ...(error === undefined ? {} : { error }),
  };
}

function storeOf(...spans: readonly OtlpSpan[]): SpanStore {
  const store = new SpanStore();
  for (const span of readRequest(otlpLine(...spans)) ?? []) store.add(span, 'file');
  return store;
}

test('the publishes of a hop are edges, also to an end without a sidecar', () => {
  const store = storeOf(
    publish('hop', 'infer', 'fanout'),
    publish('hop', 'happy-end', 'happy_end'),
    publish('hop', 'error-end', 'error_end'),
    hopSpan('env-1', 'split', { spanId: 'hop' }),
  );
  assert.deepEqual(findActors(store.newestSpans(10)), {
    actors: ['split'],
    edges: [
      { from: 'split', to: 'infer' },
      { from: 'split', to: 'happy-end' },
      { from: 'split', to: 'error-end' },
    ],
  });
});

test('a retry, a parked message and a failed publish are not edges', () => {
  const store = storeOf(
    hopSpan('env-1', 'infer', { spanId: 'hop' }),
    publish('hop', 'infer', 'retry'),
    publish('hop', 'error-end', 'parked'),
    publish('hop', 'post', 'next', 'unroutable'),
  );
  assert.deepEqual(findActors(store.newestSpans(10)).edges, []);
});

test('the newest spans are those of the traces that have grown last', () => {
  const store = new SpanStore();
  for (const traceId of ['a', 'b', 'a']) {
    const span = hopSpan(traceId, traceId, { traceId, spanId: `${traceId}-${count++}` });
    for (const read of readRequest(otlpLine(span)) ?? []) store.add(read, 'file');
  }
  assert.deepEqual(findActors(store.newestSpans(2)).actors, ['a']);
  assert.deepEqual(findActors(store.newestSpans(3)).actors, ['a', 'b']);
  assert.equal(store.newestSpans(1).length, 1);
});
