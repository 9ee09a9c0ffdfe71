import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { propagation, ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { passThrough } from '../../../telemetry/context/passThrough.ts';
import {
  removeTraceContext,
  injectTransportContext,
} from '../../../telemetry/context/propagation.ts';
import { register, unregister } from '../../kit/telemetry/brokenTelemetry.ts';
import { hopOf } from '../../kit/envelopes/hops.ts';
import { strictGuard } from '../../kit/telemetry/strictGuard.ts';

afterEach(unregister);

const TRACE_ID = '1'.repeat(32);
const SPAN_ID = '2'.repeat(16);

test('only the trace flags that the W3C defines are propagated, in two digits', async () => {
  register({});
  for (const [flags, expected] of Object.entries({
    '01': '01',
    '02': '02',
    '0f': '03',
    f0: '00',
    ff: '03',
  })) {
    for (const given of [
      { headers: { traceparent: `00-${TRACE_ID}-${SPAN_ID}-${flags}` } },
      { envelope: { headers: { traceparent: `00-${TRACE_ID}-${SPAN_ID}-${flags}` } } },
    ]) {
      const hop = hopOf(given);
      let traceparent: string | undefined;
      const layer = passThrough({ maxGapMs: 60_000, guard: strictGuard });
      await layer(async ({ traceHeaders }) => {
        traceparent = traceHeaders['traceparent'];
        return { name: 'forward', dispatched: 1 };
      })(hop);
      assert.equal(traceparent, `00-${TRACE_ID}-${SPAN_ID}-${expected}`);
    }
  }
});

test('a retry carries the context of its hop, and none of the delivery', () => {
  register({});
  const span = { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: TraceFlags.SAMPLED };
  const context = trace.setSpanContext(ROOT_CONTEXT, span);
  const headers = {
    tracestate: 'old=1',
    Traceparent: 'old',
    BAGGAGE: 'old=1',
    own: 'kept',
    'asya-attempt': 2,
  };
  assert.deepEqual(injectTransportContext(headers, context, strictGuard), {
    own: 'kept',
    'asya-attempt': 2,
    traceparent: `00-${TRACE_ID}-${SPAN_ID}-01`,
  });
});

test('the headers of a propagator are removed in each of its encodings, and others are kept', () => {
  const headers = {
    b3: '1',
    'X-B3-TraceId': '1',
    'x-b3-flags': 1,
    'uber-trace-id': '1',
    'uberctx-a': '1',
    traceparent: '1',
  };
  for (const [field, kept] of [
    ['b3', ['uber-trace-id', 'uberctx-a', 'traceparent']],
    ['x-b3-traceid', ['uber-trace-id', 'uberctx-a', 'traceparent']],
    ['uber-trace-id', ['b3', 'X-B3-TraceId', 'x-b3-flags', 'traceparent']],
    ['traceparent', ['b3', 'X-B3-TraceId', 'x-b3-flags', 'uber-trace-id', 'uberctx-a']],
  ] as const) {
    propagation.disable();
    propagation.setGlobalPropagator({
      inject() {},
      extract: (context) => context,
      fields: () => [field],
    });
    assert.deepEqual(Object.keys(removeTraceContext(headers)), kept, field);
  }
});
