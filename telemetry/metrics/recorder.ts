import { ValueType, type Attributes } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import {
  AggregationTemporality,
  DataPointType,
  type DataPoint,
  type MetricData,
} from '@opentelemetry/sdk-metrics';
import { CATALOGUE } from './instruments.ts';
import type { Constant, Definition, Labels } from './definition.ts';
import { HistogramSeries, Sum, type Series } from './series.ts';

/**
 * Counts by itself, and hands the SDK's readers what it has counted when they collect. The SDK's
 * own instruments compute a key from all attributes at each record, once for each reader: for the
 * 17 records of a hop that cost as much as a third of the hop. They have no exemplars either.
 */
export interface Metrics {
  readonly record: Recorder;
  /** What was recorded, and what is observed now. Always cumulative. */
  readonly collect: () => MetricData[];
}

/** A function for each metric that is recorded as it happens. */
export type Recorder = { readonly [N in RecordedName]: Write<Catalogue[N]['labels']> };

/** Hands over one value of what is observed. */
export type Report = <N extends ObservedName>(
  name: N,
  value: number,
  labels?: Values<Catalogue[N]['labels']>,
) => void;

export interface MetricsOptions {
  readonly namespace: string;
  readonly constants: Readonly<Record<Constant, string | undefined>>;
  /** Reports what is observed. */
  readonly observe: (report: Report) => void;
}

/** Past this number of them, destinations share one name: routes come with the messages. */
export const MAX_DESTINATIONS = 100;

type Catalogue = typeof CATALOGUE;
type NamesOf<K extends Definition['kind']> = {
  [N in keyof Catalogue]: Catalogue[N]['kind'] extends K ? N : never;
}[keyof Catalogue];
type RecordedName = NamesOf<'counter' | 'histogram' | 'up_down_counter'>;
type ObservedName = NamesOf<'gauge' | 'observed_up_down_counter'>;

/** The labels that differ from record to record, with the values that they may have. */
type Varying<L extends Labels> = {
  [
    N in keyof L as L[N] extends Constant | readonly [string] ? never : N
  ]: L[N] extends readonly (infer V)[] ? V : string;
};
/** `error.type` is there only when something failed. */
type Values<L extends Labels> = Omit<Varying<L>, 'error.type'> & Partial<Varying<L>>;
type Write<L extends Labels> = (
  value: number,
  ...labels: [keyof Varying<L>] extends [never] ? [] : [Values<L>]
) => void;

type Given = Readonly<Record<string, string>>;

export function createMetrics(options: MetricsOptions): Metrics {
  const startTime = millisToHrTime(Date.now());
  const families = new Map<string, Family>(
    Object.entries<Definition>(CATALOGUE).map(([key, definition]) => [
      key,
      createFamily(definition, options),
    ]),
  );
  const observed = [...families.values()].filter(({ definition }) => isObserved(definition));
  const adders = [...families].map(([key, { add }]) => [key, add]);
  return {
    record: Object.fromEntries(adders) as Recorder,
    collect() {
      for (const { clear } of observed) clear();
      options.observe((name, value, labels) => families.get(name)?.add(value, labels));
      const endTime = millisToHrTime(Date.now());
      return [...families.values()]
        .map(({ read }) => read({ startTime, endTime }))
        .filter(hasPoints);
    },
  };
}

/** Every series of one metric. */
interface Family {
  readonly definition: Definition;
  readonly add: (value: number, labels?: Given) => void;
  readonly read: (interval: Pick<DataPoint<unknown>, 'startTime' | 'endTime'>) => MetricData;
  readonly clear: () => void;
}

function createFamily(definition: Definition, options: MetricsOptions): Family {
  const { kind, unit, help: description } = definition;
  const name = metricName(definition, options.namespace);
  const descriptor = { name, unit, description, valueType: ValueType.DOUBLE };
  const common = { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE };
  if (kind === 'histogram') {
    const { buckets = [] } = definition;
    const create = (labels: Attributes): HistogramSeries => new HistogramSeries(labels, buckets);
    const { pointsAt, ...rest } = createSeriesSet(definition, options, create);
    const dataPointType = DataPointType.HISTOGRAM;
    return {
      ...rest,
      definition,
      read: (at) => ({ ...common, dataPointType, dataPoints: pointsAt(at) }),
    };
  }
  const { pointsAt, ...rest } = createSeriesSet(definition, options, (labels) => new Sum(labels));
  if (kind === 'gauge') {
    const dataPointType = DataPointType.GAUGE;
    return {
      ...rest,
      definition,
      read: (at) => ({ ...common, dataPointType, dataPoints: pointsAt(at) }),
    };
  }
  const sum = { dataPointType: DataPointType.SUM, isMonotonic: kind === 'counter' } as const;
  return { ...rest, definition, read: (at) => ({ ...common, ...sum, dataPoints: pointsAt(at) }) };
}

interface SeriesSet<V> extends Pick<Family, 'add' | 'clear'> {
  readonly pointsAt: (
    interval: Pick<DataPoint<unknown>, 'startTime' | 'endTime'>,
  ) => DataPoint<V>[];
}

function createSeriesSet<V>(
  definition: Definition,
  options: MetricsOptions,
  create: (attributes: Attributes) => Series<V>,
): SeriesSet<V> {
  const constants = constantsOf(definition, options);
  const varying = Object.keys(definition.labels).filter((label) => !(label in constants));
  const labels = varying.map((name) => ({ name, limit: limitOf(definition.labels[name]) }));
  const all: Series<V>[] = [];
  const begin = (attributes: Attributes): Series<V> => {
    const series = create(attributes);
    all.push(series);
    return series;
  };
  const createFind = (): Find<V> => findBy(labels, constants, begin);

  let find = createFind();
  for (const given of seedsOf(definition, varying)) find(given);
  return {
    add: (value, given = NO_LABELS) => find(given).add(value),
    clear() {
      all.length = 0;
      find = createFind();
    },
    pointsAt: (interval) =>
      all.map((series) => ({ ...interval, attributes: series.attributes, value: series.read() })),
  };
}

/** A label that varies; what is over its bound shares a value. */
interface Label {
  readonly name: string;
  readonly limit: (value: string) => string;
}

/** The series of the labels that are given; begins it if there is none. */
type Find<V> = (given: Given) => Series<V>;

/**
 * One step for each label, since most metrics have one that varies, or none. An absent label is
 * left out.
 */
function findBy<V>(
  [label, ...others]: readonly Label[],
  attributes: Attributes,
  begin: (attributes: Attributes) => Series<V>,
): Find<V> {
  if (label === undefined) {
    let only: Series<V> | undefined;
    return () => (only ??= begin(attributes));
  }
  const { name, limit } = label;
  const byValue = new Map<string | undefined, Find<V>>();
  return (given) => {
    const value = given[name] === undefined ? undefined : limit(given[name]);
    let find = byValue.get(value);
    if (find === undefined) {
      find = findBy(
        others,
        value === undefined ? attributes : { ...attributes, [name]: value },
        begin,
      );
      byValue.set(value, find);
    }
    return find(given);
  };
}

/** Destinations beyond the bound are one. */
function limitOf(values: Labels[string] | undefined): (value: string) => string {
  if (values !== 'destination') return (value) => value;
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= MAX_DESTINATIONS) return 'other';
    known.add(value);
    return value;
  };
}

const NO_LABELS: Given = {};

function isObserved({ kind }: Definition): boolean {
  return kind === 'gauge' || kind === 'observed_up_down_counter';
}

function hasPoints({ dataPoints }: MetricData): boolean {
  return dataPoints.length > 0;
}

function metricName({ name, convention }: Definition, namespace: string): string {
  return convention ? name : `${namespace}_${name}`;
}

/** The labels that are the same at every record. */
function constantsOf(
  { labels, convention }: Definition,
  { constants }: MetricsOptions,
): Attributes {
  const attributes: Attributes = convention ? {} : { actor: constants.actor };
  for (const [label, values] of Object.entries(labels)) {
    if (isConstant(values)) attributes[label] = constants[values];
    else if (typeof values !== 'string' && values.length === 1) attributes[label] = values[0];
  }
  return attributes;
}

function isConstant(values: Labels[string]): values is Constant {
  return values === 'actor' || values === 'transport' || values === 'version' || values === 'end';
}

/**
 * A counter of ours with closed labels has every series from the start: `increase()` misses the
 * first event else.
 */
function seedsOf(definition: Definition, varying: readonly string[]): Given[] {
  const { kind, labels, convention } = definition;
  if (kind === 'histogram' || isObserved(definition) || convention) return [];
  let seeds: Given[] = [{}];
  for (const label of varying) {
    const values = labels[label] ?? [];
    if (typeof values === 'string') return [];
    seeds = seeds.flatMap((seed) => values.map((value) => ({ ...seed, [label]: value })));
  }
  return seeds;
}
