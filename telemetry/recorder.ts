import type { Attributes, Meter, Observable } from '@opentelemetry/api';
import type { Exemplars } from './exemplars.ts';
import { CATALOGUE, type Constant, type Definition, type Labels } from './instruments.ts';

/** What the layers write with: a function for each metric that is recorded as it happens. */
export type Recorder = { readonly [N in RecordedName]: Write<Catalogue[N]['labels']> };

/** Hands over one value of a gauge. */
export type Report = <N extends GaugeName>(
  name: N,
  value: number,
  labels?: Values<Catalogue[N]['labels']>,
) => void;

export interface RecorderOptions {
  readonly namespace: string;
  readonly constants: Readonly<Record<Constant, string | undefined>>;
  readonly exemplars: Exemplars;
}

/**
 * Makes the instruments of the catalogue. Every series whose labels are closed exists from the start, at 0:
 * `increase()` misses the first event of a series that begins with it.
 */
export function createRecorder(meter: Meter, options: RecorderOptions): Recorder {
  const entries = Object.entries<Definition>(CATALOGUE)
    .filter(([, { kind }]) => kind !== 'gauge')
    .map(([key, definition]) => [key, writer(meter, definition, options)]);
  return Object.fromEntries(entries) as Recorder;
}

/**
 * Makes the gauges of the catalogue, read at each collection.
 * @returns stops reading
 */
export function openGauges(
  meter: Meter,
  options: RecorderOptions,
  read: (report: Report) => void,
): () => void {
  const gauges = new Map<string, { gauge: Observable; constants: Attributes }>();
  for (const [key, definition] of Object.entries<Definition>(CATALOGUE)) {
    if (definition.kind !== 'gauge') continue;
    const { unit, help: description } = definition;
    const gauge = meter.createObservableGauge(metricName(definition, options.namespace), {
      unit,
      description,
    });
    gauges.set(key, { gauge, constants: constantsOf(definition, options) });
  }
  const observables = [...gauges.values()].map(({ gauge }) => gauge);
  const callback: Parameters<Meter['addBatchObservableCallback']>[0] = (result) => {
    read((name, value, labels) => {
      const found = gauges.get(name);
      if (found !== undefined) result.observe(found.gauge, value, { ...found.constants, ...labels });
    });
  };
  meter.addBatchObservableCallback(callback, observables);
  return () => meter.removeBatchObservableCallback(callback, observables);
}

export function metricName({ name, convention }: Definition, namespace: string): string {
  return convention ? name : `${namespace}_${name}`;
}

/** Past this number of them, destinations share one name: routes come with the messages. */
export const MAX_DESTINATIONS = 100;

type Catalogue = typeof CATALOGUE;
type NamesOf<K extends Definition['kind']> = {
  [N in keyof Catalogue]: Catalogue[N]['kind'] extends K ? N : never;
}[keyof Catalogue];
type RecordedName = NamesOf<'counter' | 'histogram' | 'up_down_counter'>;
type GaugeName = NamesOf<'gauge'>;

/** The labels that differ from record to record, with the values that they may have. */
type Varying<L extends Labels> = {
  [N in keyof L as L[N] extends Constant | readonly [string] ? never : N]: L[N] extends readonly (infer V)[]
    ? V
    : string;
};
/** `error.type` is there only when something failed. */
type Values<L extends Labels> = Omit<Varying<L>, 'error.type'> & Partial<Varying<L>>;
type Write<L extends Labels> = (
  value: number,
  ...labels: [keyof Varying<L>] extends [never] ? [] : [Values<L>]
) => void;

function writer(meter: Meter, definition: Definition, options: RecorderOptions) {
  const constants = constantsOf(definition, options);
  const write = open(meter, definition, options);
  const bound = destinationLabel(definition.labels);
  const known = new Set<string>();
  for (const labels of seeds(definition)) write(0, { ...constants, ...labels });
  return (value: number, labels?: Readonly<Record<string, string>>) => {
    const attributes = { ...constants, ...labels };
    if (bound !== undefined) attributes[bound] = boundTo(known, String(attributes[bound]));
    write(value, attributes);
  };
}

function open(meter: Meter, definition: Definition, { namespace, exemplars }: RecorderOptions) {
  const name = metricName(definition, namespace);
  const { unit, help: description, buckets = [] } = definition;
  if (definition.kind !== 'histogram') {
    const counter =
      definition.kind === 'counter'
        ? meter.createCounter(name, { unit, description })
        : meter.createUpDownCounter(name, { unit, description });
    return (value: number, attributes: Attributes) => counter.add(value, attributes);
  }
  const advice = { explicitBucketBoundaries: [...buckets] };
  const histogram = meter.createHistogram(name, { unit, description, advice });
  return (value: number, attributes: Attributes) => {
    histogram.record(value, attributes);
    exemplars.note(name, buckets, value, attributes);
  };
}

function constantsOf({ labels, convention }: Definition, { constants }: RecorderOptions): Attributes {
  const attributes: Attributes = {};
  if (!convention && constants.actor !== undefined) attributes['actor'] = constants.actor;
  for (const [label, values] of Object.entries(labels)) {
    if (typeof values !== 'string') {
      if (values.length === 1) attributes[label] = values[0];
    } else if (values in constants) {
      attributes[label] = constants[values as Constant];
    }
  }
  return attributes;
}

function destinationLabel(labels: Labels): string | undefined {
  return Object.keys(labels).find((label) => labels[label] === 'destination');
}

function boundTo(known: Set<string>, destination: string): string {
  if (known.has(destination)) return destination;
  if (known.size >= MAX_DESTINATIONS) return 'other';
  known.add(destination);
  return destination;
}

/** Every combination of closed label values of a counter of ours; none when a label is open. */
function seeds({ kind, labels, convention }: Definition): Record<string, string>[] {
  if (kind === 'histogram' || convention || destinationLabel(labels) !== undefined) return [];
  let combined: Record<string, string>[] = [{}];
  for (const [label, values] of Object.entries(labels)) {
    if (typeof values === 'string') continue;
    combined = combined.flatMap((seed) => values.map((value) => ({ ...seed, [label]: value })));
  }
  return combined;
}
