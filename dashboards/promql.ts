import { CATALOGUE } from '../telemetry/metrics/instruments.ts';
import type { Definition } from '../telemetry/metrics/definition.ts';

/**
 * Where a query runs: what it selects, and over how long it looks back. A query of a panel and a
 * query of a rule differ in nothing else.
 */
export interface Scope {
  /** As they stand between the braces. */
  readonly matchers: readonly string[];
  /** The range of `rate`. */
  readonly window: string;
}

export type Metric = keyof typeof CATALOGUE;

/** What the names start with, unless `ASYA_METRICS_NAMESPACE` says otherwise. */
const NAMESPACE = 'asya_actor';

export interface Promql {
  /** A selector. A histogram's needs a suffix. */
  select(metric: Metric, ...matchers: string[]): string;
  rate(metric: Metric, ...matchers: string[]): string;
  /** The buckets of a histogram, a second. */
  buckets(metric: Metric): string;
  /** A histogram's sum and count, a second. */
  sum(metric: Metric): string;
  count(metric: Metric, ...matchers: string[]): string;
  /** A metric that is not ours, as it stands or a second. */
  foreign(name: string, ...matchers: string[]): string;
  foreignRate(name: string, ...matchers: string[]): string;
}

export function createPromql({ matchers, window }: Scope): Promql {
  const select = (name: string, ...own: string[]): string => {
    const all = [...matchers, ...own].join(', ');
    return all === '' ? name : `${name}{${all}}`;
  };
  const rate = (name: string, ...own: string[]): string =>
    `rate(${select(name, ...own)}[${window}])`;
  return {
    select: (metric, ...own) =>
      CATALOGUE[metric].convention
        ? `{${[`__name__=~"${conventionPattern(CATALOGUE[metric])}"`, ...matchers, ...own].join(', ')}}`
        : select(metricName(metric), ...own),
    rate: (metric, ...own) => rate(metricName(metric), ...own),
    buckets: (metric) => rate(`${metricName(metric)}_bucket`),
    sum: (metric) => rate(`${metricName(metric)}_sum`),
    count: (metric, ...own) => rate(`${metricName(metric)}_count`, ...own),
    foreign: select,
    foreignRate: rate,
  };
}

export function metricName(metric: Metric): string {
  return `${NAMESPACE}_${CATALOGUE[metric].name}`;
}

/**
 * A metric of the conventions is scraped with its unit in OpenMetrics, and without it in the text
 * format.
 */
export function conventionPattern({ name, unit }: Definition): string {
  const plain = name.replaceAll('.', '_');
  const suffix = UNIT_SUFFIXES[unit];
  return suffix === undefined ? plain : `${plain}(_${suffix})?`;
}

const UNIT_SUFFIXES: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes' };

export function sumBy(labels: readonly string[], expr: string): string {
  return aggregate('sum', labels, expr);
}

export function maxBy(labels: readonly string[], expr: string): string {
  return aggregate('max', labels, expr);
}

export function minBy(labels: readonly string[], expr: string): string {
  return aggregate('min', labels, expr);
}

function aggregate(operator: string, labels: readonly string[], expr: string): string {
  return labels.length === 0
    ? `${operator}(${expr})`
    : `${operator} by (${labels.join(', ')}) (${expr})`;
}

/**
 * No value where nothing was observed: the quantile of nothing is NaN, which is not at least 0.
 * @param buckets the rates of a histogram's buckets
 */
export function quantile(
  share: number | string,
  labels: readonly string[],
  buckets: string,
): string {
  return `histogram_quantile(${share}, ${sumBy([...labels, 'le'], buckets)}) >= 0`;
}

/** No value where there was nothing to divide by: 0/0 would be drawn as NaN. */
export function ratio(part: string, whole: string): string {
  return `${part} / (${whole} > 0)`;
}

/** 0 where `expr` has no series but `like`, which has the same labels, has one. */
export function orZero(expr: string, like: string): string {
  return `(${expr} or 0 * ${like})`;
}

/**
 * The largest values of what was above 0 at some time in the shown range; what never was is left
 * out.
 */
export function everSo(labels: readonly string[], selector: string): string {
  const ever = maxBy(labels, `max_over_time(${selector}[$__range] @ end())`);
  return `(${maxBy(labels, selector)} and on (${labels.join(', ')}) ${ever} > 0)`;
}

/** The matcher of a label for one of several values. */
export function oneOf(label: string, values: readonly string[]): string {
  return `${label}=~"${values.join('|')}"`;
}
