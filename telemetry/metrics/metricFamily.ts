import { ValueType, type Attributes } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import type { Constant, Definition } from './definition.ts';
import { HistogramSeries, Sum } from './series.ts';
import { createSeriesSet, type Interval, type LabelSet } from './seriesSet.ts';

/** All series of one metric. */
export interface Family {
  readonly isObserved: boolean;
  readonly add: (value: number, labels?: LabelSet) => void;
  readonly read: (interval: Interval) => MetricData;
  /** Removes all series, for metrics that are observed at each collection. */
  readonly clear: () => void;
}

export interface FamilyOptions {
  /** The prefix `<ns>` of metric names. */
  readonly namespace: string;
  readonly constants: Readonly<Record<Constant, string | undefined>>;
}

export function createFamily(definition: Definition, options: FamilyOptions): Family {
  const { kind, unit, help, buckets = [] } = definition;
  const name = metricName(definition, options.namespace);
  const base = {
    descriptor: { name, unit, description: help, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  const isObserved = kind === 'gauge' || kind.startsWith('observed_');
  if (kind === 'histogram') {
    const create = (labels: Attributes): HistogramSeries => new HistogramSeries(labels, buckets);
    const { add, clear, points } = createSeriesSet(definition, options.constants, create);
    const type = { dataPointType: DataPointType.HISTOGRAM } as const;
    return {
      isObserved,
      add,
      clear,
      read: (interval) => ({ ...base, ...type, dataPoints: points(interval) }),
    };
  }
  const create = (labels: Attributes): Sum => new Sum(labels);
  const { add, clear, points } = createSeriesSet(definition, options.constants, create);
  const type =
    kind === 'gauge'
      ? ({ dataPointType: DataPointType.GAUGE } as const)
      : ({
          dataPointType: DataPointType.SUM,
          isMonotonic: kind.endsWith('counter') && !kind.endsWith('up_down_counter'),
        } as const);
  return {
    isObserved,
    add,
    clear,
    read: (interval) => ({ ...base, ...type, dataPoints: points(interval) }),
  };
}

function metricName({ name, definedBy }: Definition, namespace: string): string {
  return definedBy === 'sidecar' ? `${namespace}_${name}` : name;
}
