import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { after, test } from 'node:test';
import { SeverityNumber, trace } from '@opentelemetry/api';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { Settled, HopProcessor } from '../../../src/hop/hop.ts';
import { compose } from '../../../src/compose.ts';
import { SCHEMA_URL } from '../../../telemetry/attributes.ts';
import { installSpanClock } from '../../../telemetry/spans/clockedSpans.ts';
import { createLogging } from '../../../telemetry/logs/logging.ts';
import { traceHops } from '../../../telemetry/spans/hopSpans.ts';
import { observeHops } from '../../../telemetry/observers.ts';
import { hopOf, type Given } from '../../kit/envelopes/hops.ts';
import { startRecordedSdk } from '../../kit/telemetry/recordedSdk.ts';
import { milliseconds, timed } from '../../kit/telemetry/spanTimes.ts';
import { strictGuard } from '../../kit/telemetry/strictGuard.ts';

const sdk = startRecordedSdk();
installSpanClock();
after(() => sdk.close());

type Line = Readonly<Record<string, unknown>>;

/** A log with hops, under an SDK that exports log records. */
function setup() {
  sdk.logRecords.reset();
  sdk.takeSpans();
  const written: string[] = [];
  const destination = { write: (line: string) => void written.push(line) };
  const { log, hops } = createLogging({
    actor: 'infer',
    level: 'debug',
    format: 'json',
    destination,
  });
  const tracer = trace.getTracer('test');
  const layers = [
    traceHops({ tracer, actor: 'infer', system: 'memory', maxGapMs: 1_000, guard: strictGuard }),
    observeHops([hops], strictGuard),
  ];
  return {
    log,
    run: (innermost: HopProcessor, given: Given = {}): Promise<Settled> =>
      compose(layers, innermost)(hopOf(given)),
    written: () => written.join(''),
    lines: () => written.map((line) => JSON.parse(line) as Line),
    records: () => sdk.logRecords.getFinishedLogRecords(),
  };
}

function summary({ body, attributes, spanContext }: ReadableLogRecord): readonly unknown[] {
  const {
    'asya.actor': actor,
    'asya.journey.id': journey,
    'asya.envelope.id': envelope,
  } = attributes;
  return [body, actor, journey, envelope, spanContext?.traceId, spanContext?.spanId];
}

test('each line of a hop is a record of the same span, also after awaits', async () => {
  const { log, run, lines, records } = setup();
  const work: HopProcessor = async ({ envelope }) => {
    log.debug(`started ${envelope.id}`);
    await setImmediate();
    log.debug(`resumed ${envelope.id}`);
    return { name: 'forward', dispatched: 1 };
  };
  await Promise.all(['env-1', 'env-2'].map((id) => run(work, { envelope: { id } })));
  log.info('outside');

  assert.deepEqual(
    records().map(summary),
    lines().map((line) =>
      ['msg', 'actor', 'journey_id', 'envelope_id', 'trace_id', 'span_id'].map(
        (name) => line[name],
      ),
    ),
  );
  const spans = sdk
    .takeSpans()
    .map((span) => [span.attributes['asya.envelope.id'], span.spanContext().spanId]);
  const lineIds = lines().map((line) => [line['envelope_id'], line['span_id']]);
  assert.deepEqual(
    new Set(lineIds.map(String)),
    new Set([...spans, [undefined, undefined]].map(String)),
  );
  assert.equal(lineIds.length, 7);
});

test('each record of a hop lies inside the span of the hop, to the microsecond', async () => {
  const { log, run, records } = setup();
  const work: HopProcessor = async () => {
    log.debug('inside');
    return { name: 'forward', dispatched: 1 };
  };
  for (let hop = 0; hop < 20; hop++) await run(work);
  const spans = new Map(sdk.takeSpans().map((span) => [span.spanContext().spanId, timed(span)]));
  const outside = records().filter(({ hrTime, spanContext }) => {
    const { startMs, endMs } = spans.get(spanContext?.spanId ?? '') ?? assert.fail();
    const timeMs = milliseconds(hrTime);
    return timeMs < startMs || timeMs > endMs;
  });
  assert.equal(records().length, 40);
  assert.deepEqual(outside, []);
});

test('a failed hop is one exception event of the conventions', async () => {
  const { run, records } = setup();
  const fault = {
    code: 'runtime_error',
    message: 'boom',
    type: 'ValueError',
    traceback: 'line 1',
  } as const;
  await run(async () => ({ name: 'error_end', dispatched: 1, fault }));
  const [record, ...others] = records();
  assert.equal(others.length, 0);
  assert.equal(record?.eventName, 'messaging.process.exception');
  assert.equal(record.instrumentationScope.schemaUrl, SCHEMA_URL);
  assert.deepEqual([record.severityText, record.severityNumber], ['ERROR', SeverityNumber.ERROR]);
  const names = [
    'error.type',
    'exception.type',
    'exception.message',
    'exception.stacktrace',
    'asya.outcome',
  ];
  assert.deepEqual(
    names.map((name) => record.attributes[name]),
    ['runtime_error', 'ValueError', 'boom', 'line 1', 'error_end'],
  );
});

test('the password of a URL is redacted in lines, records and spans', async () => {
  const { run, written, records } = setup();
  const message = 'cannot reach "postgres://shop:hunter2@db/shop" nor redis://:hunter2@cache';
  const fault = { code: 'runtime_error', message, traceback: `at ${message}` } as const;
  await run(async () => ({ name: 'error_end', dispatched: 1, fault }));
  assert.match(written(), /postgres:\/\/shop:\*\*\*@db/);
  assert.doesNotMatch(written(), /hunter2/);
  const [record] = records();
  assert.match(String(record?.attributes['exception.message']), /redis:\/\/:\*\*\*@cache/);
  assert.doesNotMatch(JSON.stringify(record?.attributes), /hunter2/);
  const [span] = sdk.takeSpans();
  assert.equal(span?.status.message, message.replaceAll('hunter2', '***'));
});
