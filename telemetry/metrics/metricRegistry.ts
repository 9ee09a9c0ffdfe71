import { emptyResource } from '@opentelemetry/resources';
import type { MetricData, MetricProducer } from '@opentelemetry/sdk-metrics';
import { SCHEMA_URL, SCOPE } from '../attributes.ts';

/** The metrics that the SDK's readers collect in addition to those of the SDK's instruments. */
export interface MetricRegistry {
  readonly producer: MetricProducer;
  /** Adds a source; returns a function that removes it. */
  register(collect: () => MetricData[]): () => void;
}

export function createMetricRegistry(): MetricRegistry {
  const sources = new Set<() => MetricData[]>();
  const scope = { name: SCOPE, schemaUrl: SCHEMA_URL };
  // A reader replaces it by the SDK's resource.
  const resource = emptyResource();
  return {
    producer: {
      collect() {
        const scopeMetrics = [...sources].map((collect) => ({ scope, metrics: collect() }));
        return Promise.resolve({ resourceMetrics: { resource, scopeMetrics }, errors: [] });
      },
    },
    register(collect) {
      sources.add(collect);
      return () => sources.delete(collect);
    },
  };
}
