import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findGoProgram } from '../../../kit/programs/goProgram.ts';
import { startCollectorProcess } from '../../../kit/telemetry/collectorProcess.ts';
import { openLoki, type LokiLine } from '../../../kit/telemetry/lokiServer.ts';
import { startTelemetryBackend } from '../../../kit/telemetry/telemetryBackend.ts';
import { openPipeline, sendThree } from '../collector/pipeline.ts';

const { path: collectorProgram, skip: noCollector } = await findGoProgram('collector');
const { path: program, skip: noLoki } = await findGoProgram('loki');

/** The streams of logs that arrive through OTLP, as docs/dashboards.md has them. */
const STREAMS = '{service_namespace="asya"}';

test(
  'Loki finds the lines of a journey by its id and by its trace, with their levels',
  { skip: noCollector || noLoki },
  async (t) => {
    const loki = await openLoki(t, program);
    const backend = await startTelemetryBackend(t);
    const collector = await startCollectorProcess(t, {
      program: collectorProgram,
      backend,
      logsUrl: loki.otlpUrl,
    });
    const pipeline = await openPipeline(t, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    await sendThree(pipeline);
    assert.deepEqual(await pipeline.stop(), [0, 0, 0, 0]);
    assert.equal(await collector.stop('SIGTERM'), 0);

    const found = await loki.query(`${STREAMS} | asya_journey_id="again"`);
    assert.deepEqual(describe(found), [
      'happy-end: hop: end info',
      'infer: hop: forward info',
      'infer: hop: retry warn',
      'prep: hop: forward info',
    ]);
    const failed = await loki.query(
      `${STREAMS} | asya_journey_id="badly" | detected_level="error"`,
    );
    assert.deepEqual(describe(failed), ['infer: hop: error_end error']);
    const traceId = found[0]?.labels['trace_id'];
    const span = backend.allSpans().find((one) => one.traceId === traceId);
    assert.equal(span?.attributes.get('asya.journey.id'), 'again');
    // The query of the Tempo data source.
    assert.deepEqual(await loki.query(`${STREAMS} | trace_id="${traceId}"`), found);
    // The query of the dashboard Journeys.
    const dashboard = `${STREAMS} | json | drop __error__, __error_details__ | journey_id="again" or asya_journey_id="again"`;
    assert.deepEqual(describe(await loki.query(dashboard)), describe(found));
  },
);

/** A hop logs its line after its last publish, so the next hop may log first. */
function describe(lines: readonly LokiLine[]): string[] {
  return lines
    .map(({ text, labels }) => {
      const actor = labels['asya_actor']?.replace(/-[0-9a-f]{8}$/, '');
      return `${actor}: ${text} ${labels['detected_level']}`;
    })
    .toSorted();
}
