import type { Attributes } from '@opentelemetry/api';
import type { DataPoint } from '@opentelemetry/sdk-metrics';
import { CONSTANTS, type Constant, type Definition, type Labels } from './definition.ts';
import type { Series } from './series.ts';

/** The values of the labels that vary, by name. */
export type LabelSet = Readonly<Record<string, string>>;

/** The time that a data point covers. */
export type Interval = Pick<DataPoint<unknown>, 'startTime' | 'endTime'>;

/** The series of one metric, found by their labels. */
export interface SeriesSet<V> {
  readonly add: (value: number, labels?: LabelSet) => void;
  readonly clear: () => void;
  readonly points: (interval: Interval) => DataPoint<V>[];
}

/** Further destinations share the value `other`: routes arrive with messages. */
export const MAX_DESTINATIONS = 100;

export function createSeriesSet<V>(
  definition: Definition,
  constants: Readonly<Record<Constant, string | undefined>>,
  create: (attributes: Attributes) => Series<V>,
): SeriesSet<V> {
  const constantLabels = constantLabelsOf(definition, constants);
  const varying = Object.keys(definition.labels).filter((label) => !(label in constantLabels));
  const labels = varying.map((name) => ({ name, bound: createBound(definition.labels[name]) }));
  const all: Series<V>[] = [];
  const start = (attributes: Attributes): Series<V> => {
    const series = create(attributes);
    all.push(series);
    return series;
  };

  let find = createFind(labels, constantLabels, start);
  for (const values of initialLabelSets(definition, varying)) find(values);
  return {
    add: (value, values = NO_LABELS) => find(values).add(value),
    clear() {
      all.length = 0;
      find = createFind(labels, constantLabels, start);
    },
    points: (interval) =>
      all.map((series) => ({ ...interval, attributes: series.attributes, value: series.read() })),
  };
}

const NO_LABELS: LabelSet = {};

/** A label that varies; `bound` limits the number of its values. */
interface VaryingLabel {
  readonly name: string;
  readonly bound: (value: string) => string;
}

/** Returns the series of these labels; starts it if there is none. */
type Find<V> = (values: LabelSet) => Series<V>;

/**
 * Looks up one label after the other, since most metrics have at most one that varies. A series
 * leaves an absent label out.
 */
function createFind<V>(
  [label, ...others]: readonly VaryingLabel[],
  attributes: Attributes,
  start: (attributes: Attributes) => Series<V>,
): Find<V> {
  if (label === undefined) {
    let only: Series<V> | undefined;
    return () => (only ??= start(attributes));
  }
  const { name, bound } = label;
  const byValue = new Map<string | undefined, Find<V>>();
  return (values) => {
    const value = values[name] === undefined ? undefined : bound(values[name]);
    let find = byValue.get(value);
    if (find === undefined) {
      const extended = value === undefined ? attributes : { ...attributes, [name]: value };
      find = createFind(others, extended, start);
      byValue.set(value, find);
    }
    return find(values);
  };
}

function createBound(values: Labels[string] | undefined): (value: string) => string {
  if (values !== 'destination') return (value) => value;
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= MAX_DESTINATIONS) return 'other';
    known.add(value);
    return value;
  };
}

/**
 * The labels with the same value in every series. Among them is `actor`, except in metrics of the
 * semantic conventions.
 */
function constantLabelsOf(
  { labels, definedBy }: Definition,
  constants: Readonly<Record<Constant, string | undefined>>,
): Attributes {
  const attributes: Attributes = definedBy === 'opentelemetry' ? {} : { actor: constants.actor };
  for (const [label, values] of Object.entries(labels)) {
    if (isConstant(values)) attributes[label] = constants[values];
    else if (typeof values !== 'string' && values.length === 1) attributes[label] = values[0];
  }
  return attributes;
}

function isConstant(values: Labels[string]): values is Constant {
  return CONSTANTS.some((constant) => constant === values);
}

/**
 * The label sets of the series that exist from the start: all combinations of a `<ns>_*` counter
 * with closed labels. Otherwise `increase()` would miss the first event.
 */
function initialLabelSets(
  { kind, labels, definedBy }: Definition,
  varying: readonly string[],
): LabelSet[] {
  if (definedBy !== 'sidecar' || (kind !== 'counter' && kind !== 'up_down_counter')) return [];
  let sets: LabelSet[] = [{}];
  for (const label of varying) {
    const values = labels[label] ?? [];
    if (typeof values === 'string') return [];
    sets = sets.flatMap((set) => values.map((value) => ({ ...set, [label]: value })));
  }
  return sets;
}
