import assert from 'node:assert/strict';
import type { HrTime } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { TracedSpan } from '../../../src/cli/trace/spans/otlp.ts';

type Timed = Pick<TracedSpan, 'spanId' | 'parentSpanId' | 'name' | 'startMs' | 'endMs'>;

/** Asserts that each call and publish lies inside the span of its hop; returns their number. */
export function assertInside(spans: readonly Timed[]): number {
  const hops = new Map(
    spans.filter(({ name }) => name.startsWith('process ')).map((span) => [span.spanId, span]),
  );
  const inside = spans.flatMap((span) => {
    const hop = span.name.startsWith('process ') ? undefined : hops.get(span.parentSpanId ?? '');
    return hop === undefined ? [] : [{ span, hop }];
  });
  const outside = inside.filter(
    ({ span, hop }) => span.startMs < hop.startMs || span.endMs > hop.endMs,
  );
  const details = outside.slice(0, 3).map(({ span, hop }) => ({
    name: span.name,
    startsBeforeMs: hop.startMs - span.startMs,
    endsAfterMs: span.endMs - hop.endMs,
  }));
  assert.deepEqual(details, [], `${outside.length} of ${inside.length} lie outside their hop`);
  return inside.length;
}

export function timed(span: ReadableSpan): Timed {
  return {
    name: span.name,
    spanId: span.spanContext().spanId,
    parentSpanId: span.parentSpanContext?.spanId,
    startMs: milliseconds(span.startTime),
    endMs: milliseconds(span.endTime),
  };
}

export function milliseconds([seconds, nanoseconds]: HrTime): number {
  return seconds * 1000 + nanoseconds / 1e6;
}
