import { emptyResource } from '@opentelemetry/resources';
import type { MetricData, MetricProducer } from '@opentelemetry/sdk-metrics';
import { SCHEMA_URL, SCOPE } from '../attributes.ts';

/** Where the SDK's readers collect metrics that no instrument of the SDK's has counted. */
export interface MetricSources {
  readonly producer: MetricProducer;
  /** @returns takes it away again */
  add(collect: () => MetricData[]): () => void;
}

export function createMetricSources(): MetricSources {
  const sources = new Set<() => MetricData[]>();
  const scope = { name: SCOPE, schemaUrl: SCHEMA_URL };
  // Whoever collects puts the SDK's resource in place of this one.
  const resource = emptyResource();
  return {
    producer: {
      collect() {
        const scopeMetrics = [...sources].map((collect) => ({ scope, metrics: collect() }));
        return Promise.resolve({ resourceMetrics: { resource, scopeMetrics }, errors: [] });
      },
    },
    add(collect) {
      sources.add(collect);
      return () => sources.delete(collect);
    },
  };
}
