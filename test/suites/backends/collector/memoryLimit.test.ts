import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MINUTE } from '../../../../src/units.ts';
import { findGoProgram } from '../../../kit/programs/goProgram.ts';
import { until } from '../../../kit/processes/until.ts';
import { startCollectorProcess } from '../../../kit/telemetry/collectorProcess.ts';
import { readSeries, scrape, type Series } from '../../../kit/telemetry/scrape.ts';
import { startTelemetryBackend } from '../../../kit/telemetry/telemetryBackend.ts';
import { openPipeline } from './pipeline.ts';

const { path: program, skip } = await findGoProgram('collector');

/** Less than the program needs, so that the limiter refuses everything. */
const REFUSE_ALL = {
  check_interval: '100ms',
  limit_mib: 2,
  spike_limit_mib: 1,
  limit_percentage: 0,
  spike_limit_percentage: 0,
};

const JOURNEYS = 100;

test(
  'a collector above its memory limit makes sidecars retry and drop spans, and stops no hop',
  { skip },
  async (t) => {
    const backend = await startTelemetryBackend(t);
    const processors = { memory_limiter: REFUSE_ALL };
    const collector = await startCollectorProcess(t, { program, backend, processors });
    await until(
      async () => valueOf(await read(collector.ownMetricsUrl), 'otelcol_process_uptime') > 0,
      'the first check of the memory',
    );
    const { sidecars, send } = await openPipeline(t, {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_TIMEOUT: '3000',
    });
    for (let index = 0; index < JOURNEYS; index++) await send(`journey ${index}`, {});

    const end = sidecars['happy-end'];
    await until(() => end.count('hop: end') === JOURNEYS, 'all journeys at their end', MINUTE);
    await until(async () => {
      const scraped = await read(`${sidecars.infer.url}/metrics`);
      return scraped.some(
        ({ name, labels, value }) =>
          name === 'otel_sdk_processor_span_processed_total' &&
          labels['error_type'] !== undefined &&
          value > 0,
      );
    }, 'the count of dropped spans');
    const own = await read(collector.ownMetricsUrl);
    assert.ok(valueOf(own, 'otelcol_receiver_refused_spans') > 0);
    assert.deepEqual(backend.keptSpans(), []);
    // The pipeline of all traces has no limiter, and receives each attempt to send a span.
    const attempts = new Map<string, number>();
    for (const { spanId } of backend.allSpans())
      attempts.set(spanId, (attempts.get(spanId) ?? 0) + 1);
    assert.ok(Math.max(...attempts.values()) > 1);
    const retries = await read(`${sidecars.infer.url}/metrics`);
    assert.equal(valueOf(retries, 'asya_actor_retries_total'), 0);
    assert.equal(valueOf(retries, 'asya_actor_given_back_total'), 0);
  },
);

async function read(url: string): Promise<Series[]> {
  return readSeries(await scrape(url));
}

function valueOf(series: readonly Series[], name: string): number {
  return series
    .filter((one) => one.name.replace(/_total$/, '') === name.replace(/_total$/, ''))
    .reduce((sum, { value }) => sum + value, 0);
}
