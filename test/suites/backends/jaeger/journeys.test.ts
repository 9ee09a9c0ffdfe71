import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { HopRecord } from '../../../../src/cli/tail/hopRecord.ts';
import { findGoProgram } from '../../../kit/programs/goProgram.ts';
import type { Tags } from '../../../kit/telemetry/jaegerServer.ts';
import type { JaegerSpan, JaegerTrace } from '../../../kit/telemetry/jaegerTrace.ts';
import { drawJaegerSpans, isRed } from '../../../kit/telemetry/jaegerTree.ts';
import { openBackend, type Backend } from './backend.ts';
import { Journeys, type Journey } from './journeys.ts';
import { expectedTree, SHOWN_TAGS } from './trees.ts';

/**
 * Sends 200 journeys through sidecar processes that export in three protocols to a real Jaeger, and
 * compares what its API returns with what happened.
 */

const COUNT = 200;

const { path: program, skip } = await findGoProgram('jaeger');

let backend: Backend;
let journeys: readonly Journey[];
/** The traces that the search finds for each journey. */
const traces = new Map<Journey, readonly JaegerTrace[]>();

before(async () => {
  if (skip !== false) return;
  backend = await openBackend({
    program,
    exporterOf: (pod, { otlp }) => ({
      // As in Kubernetes, where each pod is a host.
      OTEL_RESOURCE_ATTRIBUTES: `host.name=${pod},host.id=${pod}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocolOf(pod),
      OTEL_EXPORTER_OTLP_ENDPOINT: protocolOf(pod) === 'grpc' ? otlp.grpc : otlp.http,
    }),
  });
  const sender = new Journeys(backend);
  await sender.sendEnvelopes();
  await sender.sendForeignMessages();
  await sender.sendStaleMessages();
  await sender.crashBatches();
  await sender.resendForwarded();
  await sender.replay();
  await sender.giveBack();
  await sender.fill(COUNT - sender.joined);
  await sender.joinRedeliveries();
  await backend.stop();
  journeys = sender.all;
});
after(() => backend?.close());

test(
  'each of 200 journeys is found by its tag, at every service of its route',
  { skip },
  async () => {
    const missing: string[] = [];
    for (const journey of journeys) {
      const found = new Map<string, JaegerTrace>();
      for (const service of servicesOf(journey)) {
        const results = await backend.jaeger.search(service, { 'asya.journey.id': journey.id });
        if (results.length === 0) missing.push(`${journey.kind} ${journey.id}: ${service}`);
        for (const trace of results) found.set(trace.traceId, trace);
      }
      traces.set(journey, [...found.values()]);
    }
    assert.deepEqual(missing, []);
    assert.equal(journeys.length, COUNT);
  },
);

test('each journey has the tree of what happened', { skip }, () => {
  for (const journey of journeys) {
    assert.equal(drawJaegerSpans(spansOf(journey), SHOWN_TAGS), treeOf(journey), nameOf(journey));
  }
});

test(
  'each trace has one root, and a journey has a second trace only with a link or without a context',
  { skip },
  () => {
    for (const journey of journeys) {
      for (const { spans } of traces.get(journey) ?? []) {
        assert.equal(rootsOf(spans).length, 1, nameOf(journey));
      }
      const starts = rootsOf(spansOf(journey)).filter(({ links }) => links.length === 0);
      if (journey.context !== 'none') assert.equal(starts.length, 1, nameOf(journey));
    }
  },
);

test('each hop that a sidecar reports has one span, with its outcome', { skip }, () => {
  for (const journey of journeys) {
    const spans = spansOf(journey).filter(isHop);
    assert.deepEqual(spans.map(hopOfSpan).toSorted(), hopsOf(journey).map(hopOfRecord).toSorted());
  }
});

test('the span of a hop is as long as the hop', { skip }, () => {
  const excessMs = journeys.flatMap((journey) => {
    const spans = spansOf(journey)
      .filter(isHop)
      .map((span) => durationUs(span) / 1_000);
    const hops = hopsOf(journey)
      .map(({ durationMs }) => durationMs)
      .toSorted(ascending);
    return spans.toSorted(ascending).map((span, index) => span - (hops[index] ?? 0));
  });
  const ordered = excessMs.toSorted(ascending);
  const least = ordered[0] ?? -Infinity;
  assert.ok(least > -0.02, `a span is ${-least} ms shorter than its hop`);
  const median = ordered[Math.floor(ordered.length / 2)] ?? Infinity;
  assert.ok(median < 10, `the median span is ${median} ms longer than its hop`);
});

test(
  'no span starts before its parent, and calls and publishes lie inside their hop',
  { skip },
  () => {
    const early: string[] = [];
    const outside: string[] = [];
    for (const { span, parent } of childrenAndParents()) {
      if (span.startUs < parent.startUs) early.push(span.name);
      if (isHop(parent) && span.endUs > parent.endUs + ROUNDING_US) outside.push(span.name);
    }
    assert.deepEqual({ early, outside }, { early: [], outside: [] });
  },
);

test('the only warning is that of a hop that outlasts a longer publish', { skip }, () => {
  const texts = allSpans().flatMap(({ warnings }) => warnings);
  assert.ok(texts.length > 0);
  for (const text of texts) assert.match(text, CLOCK_SKEW);
  const warned = childrenAndParents().filter(({ span }) => span.warnings.length > 0);
  assert.equal(warned.length, texts.length);
  for (const { span, parent } of warned) {
    assert.ok(isHop(span) && parent.name.startsWith('publish '), span.name);
    assert.ok(durationUs(span) <= durationUs(parent) + ROUNDING_US, span.name);
    assert.ok(span.endUs + ROUNDING_US >= parent.endUs, span.name);
  }
});

test('a span is red exactly if it has an error, with its text', { skip }, () => {
  const red = allSpans().filter(isRed);
  assert.ok(red.length > 0);
  for (const { name, tags } of red) {
    assert.equal(tags.get('otel.status_code'), 'ERROR', name);
    assert.equal(typeof tags.get('otel.status_description'), 'string', name);
  }
  const others = allSpans().filter((span) => !isRed(span));
  assert.ok(others.every(({ tags }) => !tags.has('error.type')));
});

test(
  'each search of docs/observability.md finds the journeys with such a span',
  { skip },
  async () => {
    for (const [service, tags] of SEARCHES) {
      const found = await backend.jaeger.search(service, tags);
      const expected = allSpans().filter(
        (span) =>
          span.service === service &&
          Object.entries(tags).every(([name, value]) => String(span.tags.get(name)) === value),
      );
      assert.ok(expected.length > 0, JSON.stringify(tags));
      assert.deepEqual(
        new Set(found.map(({ traceId }) => traceId)),
        new Set(expected.map(({ traceId }) => traceId)),
      );
    }
  },
);

test(
  'each call of a batch links to the span of the batch, which links back',
  { skip },
  async () => {
    const calls = allSpans().filter(({ tags }) => Number(tags.get('asya.batch.size')) > 1);
    assert.ok(calls.length > 0);
    for (const call of calls) {
      const [link] = call.links;
      const batch = await backend.jaeger.trace(link?.traceId ?? '');
      assert.deepEqual(
        batch?.spans.map(({ name }) => name),
        ['call batch'],
      );
      const back = batch?.spans[0]?.links.some(({ spanId }) => spanId === call.spanId);
      assert.ok(back);
    }
  },
);

const SEARCHES: readonly (readonly [service: string, tags: Tags])[] = [
  ['infer', { 'asya.outcome': 'error_end' }],
  ['infer', { 'asya.outcome': 'retry_spent' }],
  ['error-end', { 'asya.end': 'error-end' }],
  ['infer', { 'error.type': 'runtime_error' }],
];
const CLOCK_SKEW =
  /^clock skew adjustment disabled; not applying calculated delta of -[\d.]+(?:s|ms|µs)$/;
/** Jaeger cuts the start and the duration of a span to whole microseconds. */
const ROUNDING_US = 2;

function protocolOf(pod: string): string {
  if (pod === 'prep') return 'grpc';
  return pod === 'infer-1' ? 'http/json' : 'http/protobuf';
}

function nameOf({ kind, id, context }: Journey): string {
  return `${kind} ${id}, context: ${context}`;
}

function treeOf(journey: Journey): string {
  const isGivenBack = ({ outcome }: HopRecord): boolean => outcome === 'give_back';
  return expectedTree({
    kind: journey.kind,
    hasProducerSpan: journey.context !== 'none',
    giveBacks: hopsOf(journey).filter(isGivenBack).length,
    callsBefore: spansOf(journey).filter(isCallOfAbsentRuntime).length,
  });
}

function hopsOf({ id }: Journey): HopRecord[] {
  return backend.hops.filter(({ journey }) => journey === id);
}

/** The services in the tree of a journey. */
function servicesOf(journey: Journey): Set<string> {
  return new Set([...treeOf(journey).matchAll(/^ *([\w-]+):/gm)].map(([, name = '']) => name));
}

function spansOf(journey: Journey): JaegerSpan[] {
  return (traces.get(journey) ?? []).flatMap(({ spans }) => spans);
}

function allSpans(): JaegerSpan[] {
  return journeys.flatMap(spansOf);
}

function rootsOf(spans: readonly JaegerSpan[]): JaegerSpan[] {
  return spans.filter((span) => span.parentSpanId === undefined);
}

/** Each span that has a parent, with its parent. */
function childrenAndParents(): { readonly span: JaegerSpan; readonly parent: JaegerSpan }[] {
  const byId = new Map(allSpans().map((span) => [span.spanId, span]));
  return allSpans().flatMap((span) => {
    const parent = byId.get(span.parentSpanId ?? '');
    return parent === undefined ? [] : [{ span, parent }];
  });
}

function isCallOfAbsentRuntime({ name, tags }: JaegerSpan): boolean {
  return name.startsWith('call ') && tags.get('error.type') === 'runtime_absent';
}

function isHop({ name }: JaegerSpan): boolean {
  return name.startsWith('process ');
}

function durationUs({ startUs, endUs }: JaegerSpan): number {
  return endUs - startUs;
}

function hopOfSpan({ service, tags }: JaegerSpan): string {
  const names = ['envelope.id', 'attempt', 'outcome', 'outcome.reason'];
  const values = names.map((name) => tags.get(`asya.${name}`));
  return JSON.stringify([service, ...values, tags.get('error.type')]);
}

function hopOfRecord({ actor, id, attempt, outcome, reason, code }: HopRecord): string {
  return JSON.stringify([actor, id, attempt, outcome, reason, code]);
}

function ascending(a: number, b: number): number {
  return a - b;
}
