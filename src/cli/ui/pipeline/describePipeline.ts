import { SECOND } from '../../../units.ts';
import type { GraphEdge } from './actorGraph.ts';
import type { Actor, Edge, Pipeline, QueueCounts, Rates, Times } from './contract.ts';
import { addCounts, NO_COUNTS, type Buckets } from './counts.ts';
import { quantileOf } from './quantile.ts';
import type { Increase } from './rateWindow.ts';
import type { SidecarReading } from './sidecarScraper.ts';

/** All that is known of a pipeline at one moment. */
export interface PipelineParts {
  readonly happyEnd: string;
  readonly errorEnd: string;
  readonly actors: readonly string[];
  readonly edges: readonly GraphEdge[];
  readonly readings: readonly SidecarReading[];
  readonly queueOf: (actor: string) => QueueCounts | undefined;
}

/** @param asOf RFC 3339 */
export function describePipeline(asOf: string, parts: PipelineParts): Pipeline {
  const readings = Map.groupBy(parts.readings, ({ actor }) => actor);
  const readingsOf = (name: string): readonly SidecarReading[] => readings.get(name) ?? [];
  return {
    asOf,
    actors: parts.actors.map((name) => describeActor(name, readingsOf(name), parts)),
    edges: parts.edges.map((edge) => describeEdge(edge, readingsOf(edge.from))),
  };
}

function describeActor(
  name: string,
  readings: readonly SidecarReading[],
  { happyEnd, errorEnd, queueOf }: PipelineParts,
): Actor {
  const increases = increasesOf(readings);
  const queue = withReportedRetries(queueOf(name), readings);
  return {
    name,
    kind: name === happyEnd ? 'happy_end' : name === errorEnd ? 'error_end' : 'actor',
    sidecars: readings.map(({ state }) => state),
    ...(queue === undefined ? {} : { queue }),
    ...(increases.length === 0 ? {} : { rates: ratesOf(increases), times: timesOf(increases) }),
  };
}

/**
 * A sidecar knows its retry delays, which may not be those of this process's configuration. Its
 * number is up to 15 s old.
 */
function withReportedRetries(
  queue: QueueCounts | undefined,
  readings: readonly SidecarReading[],
): QueueCounts | undefined {
  if (queue === undefined) return undefined;
  // Every replica reports the same queues.
  const retry = Math.max(queue.retry ?? 0, ...readings.map(({ retryDepth = 0 }) => retryDepth));
  return queue.retry === undefined && retry === 0 ? queue : { ...queue, retry };
}

function increasesOf(readings: readonly SidecarReading[]): readonly Increase[] {
  return readings.flatMap(({ increase }) => (increase === undefined ? [] : [increase]));
}

/** Sums over the replicas, as the dashboards do. */
function ratesOf(increases: readonly Increase[]): Rates {
  const sum = (count: (increase: Increase) => number): number =>
    roundTo(
      3,
      increases.reduce((rate, it) => rate + count(it) / it.seconds, 0),
    );
  return {
    hops: sum(({ counts }) => counts.hops),
    errors: sum(({ counts }) => counts.errors),
    retries: sum(({ counts }) => counts.retries),
  };
}

function timesOf(increases: readonly Increase[]): Times {
  const { queueWait, runtime } = increases.reduce(
    (sum, { counts }) => addCounts(sum, counts),
    NO_COUNTS,
  );
  const times = {
    queueP50: milliseconds(queueWait, 0.5),
    queueP95: milliseconds(queueWait, 0.95),
    runtimeP50: milliseconds(runtime, 0.5),
    runtimeP95: milliseconds(runtime, 0.95),
  };
  return Object.fromEntries(Object.entries(times).filter(([, ms]) => ms !== undefined));
}

function milliseconds(buckets: Buckets, share: number): number | undefined {
  const seconds = quantileOf(buckets, share);
  return seconds === undefined ? undefined : roundTo(2, seconds * SECOND);
}

function describeEdge({ from, to }: GraphEdge, readings: readonly SidecarReading[]): Edge {
  const increases = increasesOf(readings);
  if (increases.length === 0) return { from, to };
  const rate = increases.reduce(
    (sum, { counts, seconds }) => sum + (counts.sent.get(to) ?? 0) / seconds,
    0,
  );
  return { from, to, rate: roundTo(3, rate) };
}

function roundTo(digits: number, value: number): number {
  return Number(value.toFixed(digits));
}
