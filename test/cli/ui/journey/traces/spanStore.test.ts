import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readRequest, type TracedSpan } from '../../../../../src/cli/trace/spans/otlp.ts';
import {
  SpanStore,
  type SpanStoreOptions,
} from '../../../../../src/cli/ui/journey/traces/spanStore.ts';
import { MIB } from '../../../../../src/units.ts';
import { hopSpan, otlpLine, type OtlpSpan } from '../../../../kit/telemetry/otlpLines.ts';

function spanOf(span: OtlpSpan): TracedSpan {
  const [read] = readRequest(otlpLine(span)) ?? [];
  assert.ok(read);
  return read;
}

function setup(options: SpanStoreOptions = {}) {
  const store = new SpanStore(options);
  let count = 0;
  return {
    store,
    add: (journey: string, more: Partial<OtlpSpan> = {}) =>
      store.add(spanOf(hopSpan(journey, 'infer', { spanId: String(count++), ...more })), 'file'),
    ids: () => store.newest(100).map(({ id }) => id),
  };
}

test('a journey is found by its id, and by that of an envelope', () => {
  const { store, add } = setup();
  add('env-1', { attributes: { 'asya.envelope.id': 'env-1.2.3' } });
  add('env-2');
  assert.equal(store.journey('env-1')?.id, 'env-1');
  assert.equal(store.journey('env-1.2.3')?.id, 'env-1');
  assert.equal(store.journey('env-3'), undefined);
});

test('the spans of a journey come from all its traces', () => {
  const { store, add } = setup();
  add('env-1', { traceId: 'a' });
  add('env-1', { traceId: 'b' });
  add('env-2', { traceId: 'b' });
  assert.equal(store.journey('env-1')?.hops, 2);
});

test('a span that is read twice counts once', () => {
  const { store, add } = setup();
  add('env-1', { spanId: 'x' });
  add('env-1', { spanId: 'x' });
  assert.equal(store.size, 1);
  assert.equal(store.journey('env-1')?.hops, 1);
});

test('journeys are listed by the end of their last hop, the newest first', () => {
  const { store, add, ids } = setup();
  add('env-1', { traceId: 'a', startMs: 300 });
  add('env-2', { traceId: 'b', startMs: 100 });
  add('env-3', { traceId: 'c', startMs: 200 });
  assert.deepEqual(ids(), ['env-1', 'env-3', 'env-2']);
  assert.deepEqual(
    store.newest(2).map(({ id }) => id),
    ['env-1', 'env-3'],
  );
});

test('a summary changes with each hop', () => {
  const { store, add } = setup();
  add('env-1', { traceId: 'a' });
  assert.deepEqual(store.newest(1)[0], {
    id: 'env-1',
    time: '1970-01-01T00:00:01.010Z',
    durationMs: 10,
    hops: 1,
    state: 'done',
    actors: ['infer'],
  });
  add('env-1', { traceId: 'b', startMs: 2_000, attributes: { 'asya.outcome': 'error_end' } });
  const { state, hops, durationMs } = store.newest(1)[0] ?? {};
  assert.deepEqual({ state, hops, durationMs }, { state: 'failed', hops: 2, durationMs: 1_010 });
});

test('when there are too many spans, whole traces are dropped, the longest unchanged first', () => {
  const { store, add, ids } = setup({ maxSpans: 4 });
  add('env-1', { traceId: 'a', startMs: 1 });
  add('env-2', { traceId: 'b', startMs: 2 });
  add('env-2', { traceId: 'b', startMs: 3 });
  add('env-1', { traceId: 'a', startMs: 4 });
  assert.deepEqual([store.size, store.dropped], [4, 0]);
  add('env-3', { traceId: 'c', startMs: 5 });
  assert.deepEqual(ids(), ['env-3', 'env-1']);
  assert.deepEqual([store.size, store.dropped], [3, 2]);
});

test('a trace that would fill the store loses its oldest spans', () => {
  const { store, add } = setup({ maxSpans: 100 });
  for (let index = 0; index < 500; index++) {
    add(index < 450 ? 'old' : 'new', { traceId: 'shared', startMs: index });
  }
  assert.ok(store.size <= 51, String(store.size));
  assert.equal(store.size + store.dropped, 500);
  assert.equal(store.journey('old'), undefined);
  assert.ok((store.journey('new')?.hops ?? 0) > 20);
});

test('long texts do not fill the memory', () => {
  const { store, add } = setup({ maxBytes: 100_000 });
  for (let index = 0; index < 50; index++) {
    add(`env-${index}`, { traceId: String(index), error: '\u{1F600}'.repeat(500_000) });
  }
  assert.ok(store.size >= 5 && store.size <= 12, String(store.size));
  const message = store.journey('env-49')?.roots[0]?.message ?? '';
  assert.ok(message.length > 4_000 && message.length <= 4_096);
  assert.ok(message.isWellFormed());
});

test('of a long text, only the beginning stays in memory', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: unknown = runInNewContext('gc');
  assert.ok(typeof collectGarbage === 'function');
  const heapBytes = (): number => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const { store, add } = setup();
  const before = heapBytes();
  for (let index = 0; index < 30; index++) {
    add(`env-${index}`, { traceId: String(index), error: 'x'.repeat(MIB) });
  }
  const bytes = heapBytes() - before;
  assert.equal(store.size, 30);
  assert.ok(bytes < 10 * MIB, `${bytes} bytes`);
});

test('spans without times are left out', () => {
  const { store } = setup();
  store.add({ ...spanOf(hopSpan('env-1', 'infer', { spanId: '1' })), startMs: Number.NaN }, 'file');
  assert.equal(store.size, 0);
});
