import { SECOND } from '../../../../units.ts';
import { findFailures } from './failures.ts';
import { rowsOf, waitingOf } from './rows.ts';
import { actorOf, envelopeIdOf, listSteps } from './steps.ts';
import { stopsOf } from './stops.ts';
import { formatTime, stateOf } from './summary.ts';
import type { Journey as FoundJourney } from '../../../trace/journeys/journey.ts';
import type { Step } from '../../../trace/journeys/steps.ts';
import { sumPending, type Pending } from '../../../trace/journeys/pending.ts';
import type { EndNames } from '../../../trace/log/logSpans.ts';
import type { Journey } from '../contract.ts';
import type { FoundFailure } from '../failureSource.ts';
import type { LocatedJourney } from '../journeyFinder.ts';
import type { PublishedEnvelope } from '../publishedEnvelopes.ts';

export interface JourneyParts {
  readonly id: string;
  /** Undefined if the journey is in no trace file and not among the hops in memory. */
  readonly located: LocatedJourney | undefined;
  readonly failures: readonly FoundFailure[];
  readonly published: readonly PublishedEnvelope[];
  readonly gaps: readonly string[];
}

export interface AnswerOptions {
  readonly isUnfolded: boolean;
  readonly ends: EndNames;
}

/** Composes the answer from what the sources know. */
export function describeJourney(parts: JourneyParts, options: AnswerOptions): Journey {
  const { located, failures, published, gaps } = parts;
  const { source, journey } = located ?? unlocated(parts);
  // Each access creates other steps.
  const { roots, startMs } = journey;
  const steps = listSteps(roots);
  const pending = [...journey.pending, ...notArrived(published, steps)];
  const failedSteps = new Set(
    [...findFailures(steps)].filter((step) => !wasPublishedAfter(step, published)),
  );
  const queued = failures.filter((failure) => !isReplayed(failure, published));
  const route = failures.at(-1)?.route;
  const failedCount = Math.max(failedSteps.size, located === undefined ? queued.length : 0);
  return {
    id: journey.id,
    state: stateOf({ pending }, failedCount),
    source,
    ...(Number.isFinite(journey.startMs) ? { start: formatTime(journey.startMs) } : {}),
    durationMs: Math.max(0, journey.endMs - journey.startMs || 0),
    hops: journey.hops,
    rows: rowsOf({ roots, startMs }, { failures: failedSteps, isUnfolded: options.isUnfolded }),
    stops: stopsOf({
      steps,
      failures: failedSteps,
      queued: located === undefined ? queued.map(({ failure }) => failure) : [],
      pending,
      ends: journey.ends,
      ...options.ends,
      route,
    }),
    waiting: sumPending(pending).map(waitingOf),
    mayChange: pending.length > 0 || Date.now() - journey.endMs < RECENT_MS,
    failures: queued.slice(-MAX_FAILURES).map(({ failure }) => failure),
    traceIds: traceIdsOf(steps),
    ...(route === undefined ? {} : { route }),
    gaps,
  };
}

/** Spans are written after hops, and the hop of another child may still run. */
const RECENT_MS = 30 * SECOND;
const MAX_FAILURES = 50;
const MAX_TRACE_IDS = 20;

/** A journey without a hop. */
function unlocated({ id, failures, published }: JourneyParts): {
  readonly source: Journey['source'];
  readonly journey: Pick<
    FoundJourney,
    'id' | 'roots' | 'pending' | 'ends' | 'hops' | 'startMs' | 'endMs'
  >;
} {
  const source = failures.length > 0 ? 'errors' : 'published';
  const journeyId = failures[0]?.journey ?? published[0]?.journey ?? id;
  const ends = failures.length > 0 ? ['error-end'] : [];
  const times = { startMs: Number.NaN, endMs: Number.NaN };
  return { source, journey: { id: journeyId, roots: [], pending: [], ends, hops: 0, ...times } };
}

/** The envelopes that this page published, and of which no hop since then is known. */
function notArrived(
  published: readonly PublishedEnvelope[],
  steps: readonly Step[],
): readonly Pending[] {
  if (published.length === 0) return [];
  const latest = new Map<string, number>();
  for (const step of steps) {
    const key = `${actorOf(step)} ${envelopeIdOf(step)}`;
    latest.set(key, Math.max(latest.get(key) ?? 0, step.span.endMs));
  }
  return published
    .filter(({ id, actor, atMs }) => (latest.get(`${actor} ${id}`) ?? 0) < atMs)
    .map(({ actor, atMs }) => ({ actor, sinceMs: atMs, isRepeated: false, count: 1 }));
}

function wasPublishedAfter(step: Step, published: readonly PublishedEnvelope[]): boolean {
  const id = envelopeIdOf(step);
  return published.some((it) => it.id === id && it.atMs >= step.span.endMs);
}

/** The look at the queue may be older than the replay. */
function isReplayed({ failure }: FoundFailure, published: readonly PublishedEnvelope[]): boolean {
  const failedAtMs = Date.parse(failure.failedAt ?? '');
  return published.some((it) => it.id === failure.id && it.atMs >= failedAtMs);
}

function traceIdsOf(steps: readonly Step[]): readonly string[] {
  const ids = new Set<string>();
  for (const { span } of steps) {
    if (span.traceId !== '') ids.add(span.traceId);
    if (ids.size === MAX_TRACE_IDS) break;
  }
  return [...ids];
}
