/** One metric: an instrument in OpenTelemetry's terms, and a metric family in Prometheus'. */
export interface Definition {
  /** The full name, except that the sidecar's own metrics lack the prefix `<ns>_` here. */
  readonly name: string;
  /** A `gauge` and the `observed_` kinds are read at each collection. */
  readonly kind: RecordedKind | ObservedKind;
  readonly unit: string;
  readonly help: string;
  readonly labels: Labels;
  /** Upper bounds, in `unit`. */
  readonly buckets?: readonly number[];
  /**
   * The sidecar (and Asya before it), OpenTelemetry's semantic conventions, or Prometheus's client
   * libraries.
   */
  readonly definedBy: 'sidecar' | 'opentelemetry' | 'prometheus';
}

export type RecordedKind = 'counter' | 'histogram' | 'up_down_counter';
export type ObservedKind = 'gauge' | 'observed_counter' | 'observed_up_down_counter';

/** The labels of a metric. They never hold an id or the text of an error. */
export type Labels = Readonly<Record<string, LabelValues>>;

/**
 * The values of a label: constant in a process, one of a closed set, an actor's name from a bounded
 * set, or a heap space of V8.
 */
export type LabelValues = Constant | readonly string[] | 'destination' | 'heap space';

export const CONSTANTS = ['actor', 'transport', 'version', 'end', 'error end'] as const;

export type Constant = (typeof CONSTANTS)[number];

/** The parts of a definition that its author gives. */
interface Given<L extends Labels> {
  readonly name: string;
  readonly unit: string;
  readonly help: string;
  readonly labels: L;
}

interface Defined<K extends Definition['kind'], L extends Labels> extends Definition {
  readonly kind: K;
  readonly labels: L;
}

export function counter<const L extends Labels>(given: Given<L>) {
  return define('counter', given);
}

export function gauge<const L extends Labels>(given: Given<L>) {
  return define('gauge', given);
}

export function upDownCounter<const L extends Labels>(given: Given<L>) {
  return define('up_down_counter', given);
}

export function observedUpDownCounter<const L extends Labels>(given: Given<L>) {
  return define('observed_up_down_counter', given);
}

export function observedCounter<const L extends Labels>(given: Given<L>) {
  return define('observed_counter', given);
}

export function histogram<const L extends Labels>({
  buckets,
  ...given
}: Given<L> & { readonly buckets: readonly number[] }) {
  return { ...define('histogram', given), buckets };
}

/**
 * Marks a metric of the semantic conventions, which has only their labels. The server's address is
 * left out: a reconnect to another node of a cluster would begin new series.
 */
export function convention<D extends Definition>(definition: D): D {
  return { ...definition, definedBy: 'opentelemetry' };
}

/** Marks a metric that all Prometheus clients export, so that existing panels work. */
export function prometheusMetric<D extends Definition>(definition: D): D {
  return { ...definition, definedBy: 'prometheus' };
}

function define<K extends Definition['kind'], const L extends Labels>(
  kind: K,
  given: Given<L>,
): Defined<K, L> {
  return { ...given, kind, definedBy: 'sidecar' };
}
