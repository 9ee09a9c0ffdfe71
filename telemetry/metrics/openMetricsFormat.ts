import type { Attributes } from '@opentelemetry/api';
import {
  DataPointType,
  type DataPoint,
  type Histogram,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { Exemplar } from './exemplar.ts';
import type { HistogramValue } from './series.ts';

/**
 * Renders metrics in the OpenMetrics text format, with exemplars.
 * https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
 */
export function renderOpenMetrics({ resource, scopeMetrics }: ResourceMetrics): string {
  const families = new Map<string, Family>();
  for (const metric of scopeMetrics.flatMap(({ metrics }) => metrics)) {
    const family = familyOf(metric);
    if (family === undefined) continue;
    const known = families.get(family.name);
    if (known === undefined) families.set(family.name, family);
    // Two scopes may share a name; a family must be one uninterrupted block.
    else if (known.type === family.type) known.metrics.push(metric);
  }
  const target = `# TYPE target info\n${sample('target_info', resource.attributes, 1)}`;
  const texts = [...families.values()].map(renderFamily);
  return `${target}${texts.join('')}# EOF\n`;
}

interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly unit: string | undefined;
  readonly help: string;
  readonly metrics: MetricData[];
}

/** Returns undefined for an exponential histogram, which the format cannot represent. */
function familyOf(metric: MetricData): Family | undefined {
  const type = typeOf(metric);
  if (type === undefined) return undefined;
  const { name, unit, description } = metric.descriptor;
  const plain = name.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/_total$/, '');
  const suffix = UNITS[unit];
  // The name must end in the unit, which the names of the conventions do not contain.
  const full = suffix === undefined || plain.endsWith(`_${suffix}`) ? plain : `${plain}_${suffix}`;
  return { name: full, type, unit: suffix, help: description, metrics: [metric] };
}

function typeOf(metric: MetricData): Family['type'] | undefined {
  switch (metric.dataPointType) {
    case DataPointType.SUM:
      return metric.isMonotonic ? 'counter' : 'gauge';
    case DataPointType.GAUGE:
      return 'gauge';
    case DataPointType.HISTOGRAM:
      return 'histogram';
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return undefined;
  }
}

const UNITS: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes' };

function renderFamily({ name, type, unit, help, metrics }: Family): string {
  const lines = [`# TYPE ${name} ${type}\n`];
  if (unit !== undefined) lines.push(`# UNIT ${name} ${unit}\n`);
  if (help !== '') lines.push(`# HELP ${name} ${escape(help)}\n`);
  for (const metric of metrics) lines.push(...samplesOf(name, metric));
  return lines.join('');
}

function samplesOf(name: string, metric: MetricData): string[] {
  switch (metric.dataPointType) {
    case DataPointType.SUM:
    case DataPointType.GAUGE: {
      const full = typeOf(metric) === 'counter' ? `${name}_total` : name;
      return metric.dataPoints.map(({ attributes, value }) => sample(full, attributes, value));
    }
    case DataPointType.HISTOGRAM:
      return metric.dataPoints.flatMap((point) => histogramSamples(name, point));
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return [];
  }
}

function histogramSamples(name: string, { attributes, value }: DataPoint<Histogram>): string[] {
  const { buckets, count, sum } = value;
  let total = 0;
  const bucketSamples = buckets.counts.map((inBucket, index) => {
    total += inBucket;
    const le = numberText(buckets.boundaries[index] ?? Number.POSITIVE_INFINITY);
    return sample(`${name}_bucket`, { ...attributes, le }, total, exemplarsOf(value)[index]);
  });
  const sumSamples = sum === undefined ? [] : [sample(`${name}_sum`, attributes, sum)];
  return [...bucketSamples, sample(`${name}_count`, attributes, count), ...sumSamples];
}

/** Returns the exemplars per bucket; a histogram of the SDK has none. */
function exemplarsOf(value: Histogram): readonly (Exemplar | undefined)[] {
  return 'exemplars' in value ? (value as HistogramValue).exemplars : [];
}

function sample(name: string, attributes: Attributes, value: number, exemplar?: Exemplar): string {
  const suffix = exemplar === undefined ? '' : ` # ${exemplarText(exemplar)}`;
  return `${name}${labelText(attributes)} ${numberText(value)}${suffix}\n`;
}

function exemplarText({ traceId, spanId, value, timeMs }: Exemplar): string {
  return `{trace_id="${traceId}",span_id="${spanId}"} ${numberText(value)} ${timeMs / 1000}`;
}

function labelText(attributes: Attributes): string {
  const labels = Object.entries(attributes).map(
    ([name, value]) => `${name}="${escape(String(value))}"`,
  );
  return labels.length === 0 ? '' : `{${labels.join(',')}}`;
}

function escape(text: string): string {
  return text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('"', String.raw`\"`);
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}
