import { millisToHrTime } from '@opentelemetry/core';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import type { Constant, Definition, Labels, ObservedKind, RecordedKind } from './definition.ts';
import { CATALOGUE } from './instruments.ts';
import { createFamily, type Family, type FamilyOptions } from './metricFamily.ts';

/**
 * The sidecar's own recorder, from which the SDK's readers collect. The SDK's instruments compute a
 * key of all attributes at each record, once per reader: the 17 records of a hop cost a third of
 * the hop's time. They also have no exemplars.
 */
export interface Metrics {
  readonly record: Recorder;
  /** Returns the recorded values, and the observed values of this moment. Always cumulative. */
  readonly collect: () => MetricData[];
}

/** A function per metric that is recorded when an event occurs. */
export type Recorder = { readonly [N in RecordedName]: Write<Catalogue[N]['labels']> };

/** Reports one observed value to a collection. */
export type Report = <N extends ObservedName>(
  name: N,
  value: number,
  labels?: Values<Catalogue[N]['labels']>,
) => void;

export interface MetricsOptions extends FamilyOptions {
  /** Called at each collection; reports all observed values. */
  readonly observe: (report: Report) => void;
}

type Catalogue = typeof CATALOGUE;
type NamesOf<K extends Definition['kind']> = {
  [N in keyof Catalogue]: Catalogue[N]['kind'] extends K ? N : never;
}[keyof Catalogue];
type RecordedName = NamesOf<RecordedKind>;
type ObservedName = NamesOf<ObservedKind>;

/** The labels that differ from record to record, with their possible values. */
type Varying<L extends Labels> = {
  [
    N in keyof L as L[N] extends Constant | readonly [string] ? never : N
  ]: L[N] extends readonly (infer V)[] ? V : string;
};
/** `error.type` is optional: only failures have it. */
type Values<L extends Labels> = Omit<Varying<L>, 'error.type'> & Partial<Varying<L>>;
type Write<L extends Labels> = (
  value: number,
  ...labels: [keyof Varying<L>] extends [never] ? [] : [Values<L>]
) => void;

export function createMetrics(options: MetricsOptions): Metrics {
  const startTime = millisToHrTime(Date.now());
  const families = new Map<string, Family>(
    Object.entries<Definition>(CATALOGUE).map(([key, definition]) => [
      key,
      createFamily(definition, options),
    ]),
  );
  const observed = [...families.values()].filter(({ isObserved }) => isObserved);
  const writers = [...families].map(([key, { add }]) => [key, add]);
  return {
    record: Object.fromEntries(writers) as Recorder,
    collect() {
      for (const { clear } of observed) clear();
      options.observe((name, value, labels) => families.get(name)?.add(value, labels));
      const interval = { startTime, endTime: millisToHrTime(Date.now()) };
      return [...families.values()]
        .map(({ read }) => read(interval))
        .filter(({ dataPoints }) => dataPoints.length > 0);
    },
  };
}
