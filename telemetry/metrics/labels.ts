import type { Attributes } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';

/**
 * Replaces attribute names by Prometheus label names. Prometheus refuses a scrape with a label that
 * begins with a digit or occurs twice.
 * https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#metric-attributes
 */
export function withPrometheusLabels({ resource, scopeMetrics }: ResourceMetrics): ResourceMetrics {
  return {
    resource: resourceFromAttributes(toPrometheusLabels(resource.attributes)),
    scopeMetrics: scopeMetrics.map(({ scope, metrics }) => ({
      scope,
      metrics: metrics.map(withPointLabels),
    })),
  };
}

function withPointLabels(metric: MetricData): MetricData {
  const dataPoints = metric.dataPoints.map((point) => ({
    ...point,
    attributes: toPrometheusLabels(point.attributes),
  }));
  return { ...metric, dataPoints } as MetricData;
}

/**
 * Converts attributes to labels. The values of attributes with the same label name are joined by
 * `;`, in the order of the attribute names.
 */
export function toPrometheusLabels(attributes: Attributes): Attributes {
  const namesByLabel = Map.groupBy(Object.keys(attributes), labelOf);
  return Object.fromEntries(
    [...namesByLabel].map(([label, names]) => [
      label,
      joined(names.toSorted().map((name) => attributes[name])),
    ]),
  );
}

/** Follows the rule of the exporter, and adds `_` before a digit at the beginning. */
function labelOf(name: string): string {
  const label = name.replaceAll(/[^A-Za-z0-9]+/g, '_');
  return /^(?:\d|$)/.test(label) ? `_${label}` : label;
}

function joined(values: readonly unknown[]): unknown {
  return values.length === 1 ? values[0] : values.map(String).join(';');
}
