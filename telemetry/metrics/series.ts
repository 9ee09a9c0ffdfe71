import type { Attributes } from '@opentelemetry/api';
import type { Histogram } from '@opentelemetry/sdk-metrics';
import { exemplarOf, type Exemplar } from './exemplar.ts';

/** The value of one metric for one set of attributes. */
export interface Series<V> {
  readonly attributes: Attributes;
  add(value: number): void;
  /** Returns a copy, which later records do not change. */
  read(): V;
}

/** The value of a histogram, with the last sampled trace of each bucket. */
export interface HistogramValue extends Histogram {
  readonly exemplars: readonly (Exemplar | undefined)[];
}

/**
 * The value of a counter or gauge. A class, because V8 updates a number in a field in place and
 * allocates a new one for a variable of a closure.
 */
export class Sum implements Series<number> {
  readonly attributes: Attributes;
  #sum = 0;

  constructor(attributes: Attributes) {
    this.attributes = attributes;
  }

  add(value: number): void {
    this.#sum += value;
  }

  read(): number {
    return this.#sum;
  }
}

export class HistogramSeries implements Series<HistogramValue> {
  readonly attributes: Attributes;
  readonly #boundaries: readonly number[];
  readonly #counts: number[];
  readonly #exemplars: (Exemplar | undefined)[];
  #sum = 0;
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  /**
   * @param boundaries inclusive upper bounds, ascending; larger values have one more bucket
   */
  constructor(attributes: Attributes, boundaries: readonly number[]) {
    this.attributes = attributes;
    this.#boundaries = boundaries;
    this.#counts = Array.from({ length: boundaries.length + 1 }, () => 0);
    this.#exemplars = Array.from(this.#counts, () => undefined);
  }

  add(value: number): void {
    const bucket = bucketOf(this.#boundaries, value);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
    this.#count++;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    const exemplar = exemplarOf(value);
    if (exemplar !== undefined) this.#exemplars[bucket] = exemplar;
  }

  read(): HistogramValue {
    return {
      buckets: { boundaries: [...this.#boundaries], counts: [...this.#counts] },
      sum: this.#sum,
      count: this.#count,
      min: this.#min,
      max: this.#max,
      exemplars: [...this.#exemplars],
    };
  }
}

function bucketOf(boundaries: readonly number[], value: number): number {
  let bucket = 0;
  // A `for … of` loop takes three times as long.
  while (value > (boundaries[bucket] ?? Number.POSITIVE_INFINITY)) bucket++;
  return bucket;
}
