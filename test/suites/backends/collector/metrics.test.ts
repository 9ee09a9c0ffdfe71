import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { findGoProgram } from '../../../kit/programs/goProgram.ts';
import { until } from '../../../kit/processes/until.ts';
import { startCollectorProcess } from '../../../kit/telemetry/collectorProcess.ts';
import { readSeries, scrape, type Series } from '../../../kit/telemetry/scrape.ts';
import { startTelemetryBackend } from '../../../kit/telemetry/telemetryBackend.ts';
import { openPipeline, sendThree } from './pipeline.ts';

const { path: program, skip } = await findGoProgram('collector');

/** The format that Prometheus asks for. */
const OPENMETRICS = 'application/openmetrics-text;version=1.0.0';

/** docs/metrics.md lists the differences that the comparison leaves out. */
const IN_JOB_AND_INSTANCE = ['service_instance_id', 'service_name', 'service_namespace'];
const EXPORTED_SPANS = 'otel_sdk_processor_span_processed_total';
/** Each reader of the metrics has a series about itself, and a scrape is a reader. */
const SCRAPE_READER = 'prometheus_http_text_metric_exporter';

test(
  'the collector exposes the metrics of a sidecar with the names, types and labels of its scrape',
  { skip },
  async (t) => {
    const { scraped, pushed } = await readBothWays(t);
    assert.deepEqual(typesOf(pushed), typesOf(scraped));
    assert.deepEqual(labelSetsOf(pushed), labelSetsOf(scraped));
    const { service_namespace, service_name } = resourceOf(scraped);
    const jobs = new Set(pushed.map(({ labels }) => labels['job']));
    assert.deepEqual([...jobs], [`${service_namespace}/${service_name}`]);
  },
);

/** A series with the type of its metric. */
interface TypedSeries extends Series {
  readonly type: string | undefined;
}

/** Scrapes a sidecar, and its series at the collector that it pushes metrics to. */
async function readBothWays(
  t: TestContext,
): Promise<Record<'scraped' | 'pushed', readonly TypedSeries[]>> {
  const backend = await startTelemetryBackend(t);
  const collector = await startCollectorProcess(t, { program, backend });
  const pipeline = await openPipeline(t, {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_METRIC_EXPORT_INTERVAL: '500',
    OTEL_METRIC_EXPORT_TIMEOUT: '400',
  });
  await sendThree(pipeline);
  const { sidecars } = pipeline;
  const read = (): Promise<string> => scrape(`${sidecars.infer.url}/metrics`, OPENMETRICS);
  // The counter is absent until spans were exported.
  await until(async () => (await read()).includes(EXPORTED_SPANS), 'the export of spans');
  const scraped = readTyped(await read());
  const { service_instance_id: instance } = resourceOf(scraped);
  let pushed: TypedSeries[] = [];
  await until(async () => {
    const all = readTyped(await scrape(collector.metricsUrl));
    pushed = all.filter(({ labels }) => labels['instance'] === instance);
    return hopsIn(pushed) === hopsIn(scraped);
  }, 'the metrics of all hops');
  return { scraped, pushed };
}

function readTyped(text: string): TypedSeries[] {
  const types = new Map(
    [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', type = '']) => [name, type]),
  );
  return readSeries(text).map((series) => {
    const family = series.name.replace(/_(?:bucket|sum|count)$/, '');
    const names = [series.name, family, series.name.replace(/_total$/, '')];
    return { ...series, type: names.map((name) => types.get(name)).find(Boolean) };
  });
}

function resourceOf(series: readonly Series[]): Series['labels'] {
  return series.find(({ name }) => name === 'target_info')?.labels ?? {};
}

function hopsIn(series: readonly Series[]): number {
  return series
    .filter(({ name }) => name === 'asya_actor_messages_processed_total')
    .reduce((sum, { value }) => sum + value, 0);
}

/** OpenMetrics has a type for `target_info` that the text format lacks. */
function typesOf(series: readonly TypedSeries[]): Record<string, string | undefined> {
  return Object.fromEntries(
    series
      .filter(({ name }) => name !== 'target_info')
      .map(({ name, type }) => [name, type] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function labelSetsOf(series: readonly Series[]): string[] {
  return series
    .filter(({ labels }) => labels['otel_component_type'] !== SCRAPE_READER)
    .map(({ name, labels }) => `${name}{${describeLabels(labels)}}`)
    .toSorted();
}

/** Prometheus 3 writes the bounds of buckets in one way, as this does; Prometheus 2 does not. */
function describeLabels(labels: Series['labels']): string {
  return Object.entries(labels)
    .filter(([label]) => !['job', 'instance', ...IN_JOB_AND_INSTANCE].includes(label))
    .map(
      ([label, value]) =>
        `${label}=${label === 'le' ? Number(value.replace('+Inf', 'Infinity')) : value}`,
    )
    .toSorted()
    .join(',');
}
