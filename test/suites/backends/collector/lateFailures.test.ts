import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findGoProgram } from '../../../kit/programs/goProgram.ts';
import { until } from '../../../kit/processes/until.ts';
import { startCollectorProcess } from '../../../kit/telemetry/collectorProcess.ts';
import { readSeries, scrape } from '../../../kit/telemetry/scrape.ts';
import { startTelemetryBackend } from '../../../kit/telemetry/telemetryBackend.ts';
import { openPipeline } from './pipeline.ts';

const { path: program, skip } = await findGoProgram('collector');

/** Discards the spans that wait after a second, instead of ten minutes. */
const SHORT_WAIT = { tail_sampling: { decision_wait: '1s' } };

test(
  'a journey that fails after its first spans were discarded is kept from the failure on',
  { skip },
  async (t) => {
    const backend = await startTelemetryBackend(t);
    const collector = await startCollectorProcess(t, {
      program,
      backend,
      share: 0,
      processors: SHORT_WAIT,
    });
    const pipeline = await openPipeline(t, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    // The call lasts until prep's spans were discarded.
    await pipeline.send('late', { behaviour: 'reject', takesMs: 4_000 });
    await until(async () => (await discarded(collector.ownMetricsUrl)) > 0, 'the discard');
    await until(() => pipeline.sidecars['error-end'].count('hop: end') === 1, 'the end');
    assert.deepEqual(await pipeline.stop(), [0, 0, 0, 0]);
    assert.equal(await collector.stop('SIGTERM'), 0);
    const kept = backend.keptSpans().map(({ name }) => name.replace(/-[0-9a-f]{8}$/, ''));
    assert.deepEqual(kept.toSorted(), [
      'call error-end',
      'call infer',
      'process error-end',
      'process infer',
      'publish error-end',
    ]);
  },
);

async function discarded(url: string): Promise<number> {
  return readSeries(await scrape(url))
    .filter(({ name }) => name.startsWith('otelcol_processor_tail_sampling_global_count'))
    .filter(({ labels }) => labels['sampled'] === 'false')
    .reduce((sum, { value }) => sum + value, 0);
}
