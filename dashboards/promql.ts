import { CATALOGUE } from '../telemetry/metrics/instruments.ts';
import type { Definition } from '../telemetry/metrics/definition.ts';

/**
 * Matchers and rate window of a group of queries. Queries of panels and queries of rules differ
 * only in these.
 */
export interface Scope {
  /** Label matchers, such as `job=~"$job"`. */
  readonly matchers: readonly string[];
  /** The range of `rate`, such as `5m`. */
  readonly window: string;
}

export type Metric = keyof typeof CATALOGUE;

/** The default of `ASYA_METRICS_NAMESPACE`, the prefix of metric names. */
const NAMESPACE = 'asya_actor';

/** Builds PromQL expressions with the matchers and the window of a scope. */
export interface Promql {
  /** A vector selector. Not for histograms, whose series have suffixes. */
  select(metric: Metric, ...matchers: string[]): string;
  rate(metric: Metric, ...matchers: string[]): string;
  /** The per-second rates of the buckets of a histogram. */
  buckets(metric: Metric): string;
  /** The per-second rate of the sum of a histogram. */
  sum(metric: Metric): string;
  /** The per-second rate of the count of a histogram. */
  count(metric: Metric, ...matchers: string[]): string;
  /** Selects a metric that is not in the catalogue, by its full name. */
  selectByName(name: string, ...matchers: string[]): string;
  /** The per-second rate of a metric that is not in the catalogue. */
  rateByName(name: string, ...matchers: string[]): string;
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
      CATALOGUE[metric].definedBy === 'opentelemetry'
        ? `{${[`__name__=~"${conventionPattern(CATALOGUE[metric])}"`, ...matchers, ...own].join(', ')}}`
        : select(metricName(metric), ...own),
    rate: (metric, ...own) => rate(metricName(metric), ...own),
    buckets: (metric) => rate(`${metricName(metric)}_bucket`),
    sum: (metric) => rate(`${metricName(metric)}_sum`),
    count: (metric, ...own) => rate(`${metricName(metric)}_count`, ...own),
    selectByName: select,
    rateByName: rate,
  };
}

export function metricName(metric: Metric): string {
  const { name, definedBy } = CATALOGUE[metric];
  return definedBy === 'sidecar' ? `${NAMESPACE}_${name}` : name;
}

/**
 * Matches the name of a metric of the OpenTelemetry conventions. Prometheus stores it with a unit
 * suffix if it scraped OpenMetrics, and without one if it scraped the text format.
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
 * A quantile of a histogram. The comparison drops intervals without observations, in which
 * `histogram_quantile` returns NaN.
 * @param buckets the rates of the buckets
 */
export function quantile(
  share: number | string,
  labels: readonly string[],
  buckets: string,
): string {
  return `histogram_quantile(${share}, ${sumBy([...labels, 'le'], buckets)}) >= 0`;
}

/** A ratio without a value where `whole` is 0, because 0/0 is NaN. */
export function ratio(part: string, whole: string): string {
  return `${part} / (${whole} > 0)`;
}

/** Adds zeros for the label sets of `like` that `expr` lacks. */
export function orZero(expr: string, like: string): string {
  return `(${expr} or 0 * ${like})`;
}

/** Maximum by label set, without the series that stay 0 throughout the selected time range. */
export function activeInRange(labels: readonly string[], selector: string): string {
  const peak = maxBy(labels, `max_over_time(${selector}[$__range] @ end())`);
  return `(${maxBy(labels, selector)} and on (${labels.join(', ')}) ${peak} > 0)`;
}

/** A matcher for any of several values of a label. */
export function anyOf(label: string, values: readonly string[]): string {
  return `${label}=~"${values.join('|')}"`;
}
