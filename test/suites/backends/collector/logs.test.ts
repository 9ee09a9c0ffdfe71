import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findGoProgram } from '../../../kit/programs/goProgram.ts';
import { startCollectorProcess } from '../../../kit/telemetry/collectorProcess.ts';
import { startTelemetryBackend } from '../../../kit/telemetry/telemetryBackend.ts';
import { openPipeline, sendThree } from './pipeline.ts';

const { path: program, skip } = await findGoProgram('collector');

test(
  'the log record of each hop arrives with its severity and the ids of its span and journey',
  { skip },
  async (t) => {
    const backend = await startTelemetryBackend(t);
    const collector = await startCollectorProcess(t, { program, backend });
    const pipeline = await openPipeline(t, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    await sendThree(pipeline);
    assert.deepEqual(await pipeline.stop(), [0, 0, 0, 0]);
    assert.equal(await collector.stop('SIGTERM'), 0);

    const spans = new Map(backend.allSpans().map((span) => [span.spanId, span]));
    const hops = backend.logs().filter(({ message }) => message.startsWith('hop: '));
    const described = hops.map(({ message, severity, attributes, traceId, spanId }) => {
      const span = spans.get(spanId);
      assert.equal(span?.traceId, traceId, message);
      assert.equal(span?.attributes.get('asya.outcome'), message.slice('hop: '.length));
      const id = attributes.get('asya.journey.id');
      assert.equal(span?.attributes.get('asya.journey.id'), id);
      return `${id} ${span.name.replace(/-[0-9a-f]{8}$/, '')}: ${message} ${severity}`;
    });
    assert.deepEqual(described.toSorted(), [
      'again process happy-end: hop: end INFO',
      'again process infer: hop: forward INFO',
      'again process infer: hop: retry WARN',
      'again process prep: hop: forward INFO',
      'badly process error-end: hop: end INFO',
      'badly process infer: hop: error_end ERROR',
      'badly process prep: hop: forward INFO',
      'well process happy-end: hop: end INFO',
      'well process infer: hop: forward INFO',
      'well process prep: hop: forward INFO',
    ]);
  },
);
