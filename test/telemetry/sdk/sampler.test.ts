import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROOT_CONTEXT, SpanKind, TraceFlags, type Link } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace';
import { createSampler } from '../../../telemetry/sdk/sampler.ts';

const TRACE = '0'.repeat(31);

function linkTo(traceFlags: number): Link {
  return { context: { traceId: `${TRACE}1`, spanId: '1'.repeat(16), traceFlags } };
}

/** Whether a new trace is sampled. */
function samples(
  variables: readonly [name: string, argument?: string],
  { attributes = {}, links = [] as Link[] } = {},
): boolean {
  const [OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG] = variables;
  const sampler = createSampler({ OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG });
  assert.ok(sampler !== undefined, OTEL_TRACES_SAMPLER);
  const { INTERNAL } = SpanKind;
  const traceId = `${TRACE}2`;
  const result = sampler.shouldSample(ROOT_CONTEXT, traceId, 'x', INTERNAL, attributes, links);
  return result.decision === SamplingDecision.RECORD_AND_SAMPLED;
}

const NEVER: readonly (readonly [string, string?])[] = [
  ['always_off'],
  ['parentbased_always_off'],
  ['traceidratio', '0'],
  ['parentbased_traceidratio', '0'],
];

test('the call of a batch is sampled if one of its hops is, whatever the sampler', () => {
  const attributes = { 'asya.batch.size': 2 };
  const [sampled, unsampled] = [linkTo(TraceFlags.SAMPLED), linkTo(TraceFlags.NONE)];
  for (const sampler of NEVER) {
    assert.equal(samples(sampler, { attributes, links: [unsampled, sampled] }), true);
    assert.equal(samples(sampler, { attributes, links: [unsampled] }), false);
    assert.equal(samples(sampler, { links: [sampled] }), false);
  }
});

test('other spans are sampled as OTEL_TRACES_SAMPLER says', () => {
  for (const sampler of NEVER) assert.equal(samples(sampler), false);
  const always: typeof NEVER = [['always_on'], ['parentbased_always_on'], ['traceidratio', '1']];
  for (const sampler of always) assert.equal(samples(sampler), true);
});

test('a sampler that is not valid is left to the SDK, which reports it', () => {
  for (const [name, argument] of [
    [undefined],
    ['sometimes'],
    ['parentbased_sometimes'],
    ['traceidratio'],
    ['traceidratio', '2'],
    ['parentbased_traceidratio', 'x'],
  ]) {
    const env = { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: argument };
    assert.equal(createSampler(env), undefined);
  }
});
