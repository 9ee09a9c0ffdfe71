import type { Pipeline } from '../../../src/cli/ui/pipeline/contract.ts';

const SECOND = 1_000;
const WINDOW_MS = 60 * SECOND;
const MIN_SPAN_MS = 20 * SECOND;
const MIN_GROWTH = 10;
const MIN_GROWTH_SHARE = 0.1;

/** The depths of all queues of the last minute, from which it finds the queues that grow. */
export class DepthTrends {
  readonly #samples = new Map<string, Sample[]>();

  /** Adds the depths of a pipeline, and forgets those of actors that it does not contain. */
  add({ asOf, actors }: Pipeline): void {
    const timeMs = Date.parse(asOf);
    const names = new Set(actors.map(({ name }) => name));
    for (const name of this.#samples.keys()) if (!names.has(name)) this.#samples.delete(name);
    for (const { name, queue } of actors) {
      if (queue === undefined || !queue.exists) this.#samples.delete(name);
      else this.#addSample(name, { timeMs, depth: queue.ready });
    }
  }

  /**
   * The growth of a queue per minute; undefined unless it grows steadily: the mean depth rises from
   * each third of the last minute to the next one, by at least 10 messages and 10 % in all.
   */
  growthPerMinute(name: string): number | undefined {
    const samples = this.#samples.get(name) ?? [];
    const [first] = samples;
    const last = samples.at(-1);
    if (first === undefined || last === undefined) return undefined;
    const spanMs = last.timeMs - first.timeMs;
    if (spanMs < MIN_SPAN_MS) return undefined;
    const [oldest, middle, newest] = meansOfThirds(samples, first.timeMs, spanMs);
    const growth = newest - oldest;
    const isSteady = oldest < middle && middle < newest && last.depth >= middle;
    if (!isSteady || growth < Math.max(MIN_GROWTH, newest * MIN_GROWTH_SHARE)) return undefined;
    return ((last.depth - first.depth) / spanMs) * WINDOW_MS;
  }

  #addSample(name: string, sample: Sample): void {
    const samples = this.#samples.get(name) ?? [];
    const kept = samples.filter(
      ({ timeMs }) => timeMs < sample.timeMs && timeMs >= sample.timeMs - WINDOW_MS,
    );
    this.#samples.set(name, [...kept, sample]);
  }
}

interface Sample {
  readonly timeMs: number;
  readonly depth: number;
}

/** NaN for a third without a sample, which no comparison accepts. */
function meansOfThirds(
  samples: readonly Sample[],
  startMs: number,
  spanMs: number,
): readonly [number, number, number] {
  const mean = (third: number): number => {
    const depths = samples
      .filter(({ timeMs }) => thirdOf((timeMs - startMs) / spanMs) === third)
      .map(({ depth }) => depth);
    return depths.reduce((sum, depth) => sum + depth, 0) / depths.length;
  };
  return [mean(0), mean(1), mean(2)];
}

function thirdOf(part: number): number {
  return Math.min(2, Math.floor(part * 3));
}
