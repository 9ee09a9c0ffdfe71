import type { Step } from '../../../trace/journeys/steps.ts';
import type { Pending } from '../../../trace/journeys/pending.ts';
import type { JourneyStop, StopState } from '../contract.ts';
import { hasFailed } from './failures.ts';
import { actorOf, endOf, outcomeOf } from './steps.ts';

export interface StopsOptions {
  readonly steps: readonly Step[];
  readonly failures: ReadonlySet<Step>;
  readonly pending: readonly Pending[];
  /** The ends that the journey reached: `happy-end`, `error-end`. */
  readonly ends: readonly string[];
  readonly happyEnd: string;
  readonly errorEnd: string;
  /** The errors in error-end's queue, if no hop is known. */
  readonly queued: readonly { readonly actor?: string }[];
  /** The route of an error envelope. */
  readonly route: { readonly actors: readonly string[]; readonly current: number } | undefined;
}

/** A journey may send envelopes to any number of actors. */
const MAX_STOPS = 100;

/**
 * Lists the actors in the order of their first hops, then those ahead, then the ends. An error-end
 * that has no envelope of the journey any more follows the actor whose envelope it had.
 */
export function stopsOf(options: StopsOptions): readonly JourneyStop[] {
  const stops = new Stops();
  const { steps, failures, queued, pending, ends, happyEnd, errorEnd, route } = options;
  if (steps.length === 0) addRoute(stops, route);
  for (const step of steps) {
    const actor = actorOf(step);
    if (actor === undefined) continue;
    const stop = stops.at(actor);
    stop.hops++;
    if (failures.has(step)) stop.failed++;
    if (hasFailed(step)) stops.lastFailed = stop;
    const outcome = outcomeOf(step);
    if (outcome === 'retry' || outcome === 'give_back') stop.repeated++;
    if (outcome === 'fanout') stop.isFanout = true;
    const end = endOf(step);
    if (end !== undefined) stop.kind = end === 'error-end' ? 'error_end' : 'happy_end';
  }
  for (const { actor, count } of pending) stops.at(actor).waiting += count;
  for (const { actor } of queued) if (actor !== undefined) stops.at(actor).failed++;
  for (const actor of route?.actors ?? []) stops.at(actor);
  for (const [end, name, kind] of [
    ['happy-end', happyEnd, 'happy_end'],
    ['error-end', errorEnd, 'error_end'],
  ] as const) {
    if (ends.includes(end) && !stops.has(kind)) stops.reach(name, kind);
  }
  return stops.list(Math.max(failures.size, queued.length));
}

/** Without hops, the route names the actors that the envelope has passed. */
function addRoute(stops: Stops, route: StopsOptions['route']): void {
  for (const [index, actor] of (route?.actors ?? []).entries()) {
    const stop = stops.at(actor);
    if (index < (route?.current ?? 0)) stop.hops++;
  }
}

interface DraftStop {
  readonly name: string;
  kind: JourneyStop['kind'];
  hops: number;
  failed: number;
  waiting: number;
  repeated: number;
  isFanout: boolean;
}

class Stops {
  /** The actor that was the last to send an envelope to error-end. */
  lastFailed: DraftStop | undefined;
  readonly #byName = new Map<string, DraftStop>();

  at(name: string): DraftStop {
    const known = this.#byName.get(name);
    const counts = { hops: 0, failed: 0, waiting: 0, repeated: 0, isFanout: false };
    const stop: DraftStop = known ?? { name, kind: 'actor', ...counts };
    this.#byName.set(name, stop);
    return stop;
  }

  has(kind: JourneyStop['kind']): boolean {
    return [...this.#byName.values()].some((stop) => stop.kind === kind);
  }

  /** An end may have no sidecar that records its hops. */
  reach(name: string, kind: JourneyStop['kind']): void {
    const stop = this.at(name);
    stop.kind = kind;
    stop.hops = Math.max(1, stop.hops);
  }

  /** @param failures the number of envelopes that failed, which are at error-end */
  list(failures: number): readonly JourneyStop[] {
    const byKind = Map.groupBy(this.#byName.values(), ({ kind }) => kind);
    const actors = (byKind.get('actor') ?? []).slice(0, MAX_STOPS);
    const happyEnd = byKind.get('happy_end') ?? [];
    const errorEnd = byKind.get('error_end') ?? [];
    const last = actors.findIndex((stop) => stop === this.lastFailed);
    const before = last < 0 ? actors.length : last + 1;
    const inOrder =
      failures > 0
        ? [...actors, ...happyEnd, ...errorEnd]
        : [...actors.slice(0, before), ...errorEnd, ...actors.slice(before), ...happyEnd];
    return inOrder.map((stop) => ({ ...stop, state: stateOf(stop, failures) }));
  }
}

function stateOf(stop: DraftStop, failures: number): StopState {
  const isFailed = stop.kind === 'error_end' ? failures > 0 : stop.failed > 0;
  if (isFailed) return 'failed';
  if (stop.waiting > 0) return 'waiting';
  return stop.hops > 0 ? 'done' : 'ahead';
}
