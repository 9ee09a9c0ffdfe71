import type { HopLine } from './hopLine.ts';

/** The hop that sent the envelope of another hop, and the reason of the publish. */
export interface HopOrigin {
  readonly hop: HopLine;
  readonly via: 'next' | 'retry' | 'replay';
}

/**
 * Finds the origin of each hop by the id of its envelope and the number of hops before it, since a
 * line does not name the hop before it.
 */
export class HopOrigins {
  /** The hops that sent something. A message may be given back many times. */
  readonly #byPosition: ReadonlyMap<string, readonly HopLine[]>;

  constructor(hops: readonly HopLine[]) {
    const senders = hops.filter(({ outcome, isReused }) => !isReused && outcome !== 'give_back');
    this.#byPosition = Map.groupBy(senders, (hop) => positionOf(hop.id, hop.hops));
  }

  /** Undefined for the first hop of a journey, and for a hop after one that was not logged. */
  originOf(hop: HopLine): HopOrigin | undefined {
    return (
      this.#earlierAttempt(hop) ??
      this.#resent(hop) ??
      this.#previousHop(hop) ??
      this.#parentOfChild(hop) ??
      this.#replayed(hop)
    );
  }

  #earlierAttempt(hop: HopLine): HopOrigin | undefined {
    const { actor, attempt } = hop;
    const earlier = this.#at(hop.id, hop.hops).filter(
      (it) =>
        it.outcome === 'retry' &&
        it !== hop &&
        it.actor === actor &&
        // A deferral does not count as an attempt.
        (it.attempt < attempt || (it.attempt === attempt && it.endMs <= hop.endMs)),
    );
    return originIn(earlier, hop, 'retry');
  }

  /** A hop that resends an envelope does not count: the first dispatch was counted. */
  #resent(hop: HopLine): HopOrigin | undefined {
    const resent = this.#at(hop.id, hop.hops).filter(
      ({ outcome, actor, attempt }) =>
        actor !== hop.actor && (outcome === 'forwarded' || (attempt > 1 && FAILED.has(outcome))),
    );
    return originIn(resent, hop, 'next');
  }

  #previousHop(hop: HopLine): HopOrigin | undefined {
    const origin = originIn(this.#at(hop.id, hop.hops - 1).filter(hasSent), hop, 'next');
    if (origin === undefined) return undefined;
    const { outcome, actor, destination } = origin.hop;
    if (outcome === 'retry' && actor === hop.actor) return { ...origin, via: 'retry' };
    const isReplay = FAILED.has(outcome) && destination !== undefined && destination !== hop.actor;
    return isReplay ? { ...origin, via: 'replay' } : origin;
  }

  /** The id of a child is `<id of the parent>.<hops of the parent>.<index>`. */
  #parentOfChild(hop: HopLine): HopOrigin | undefined {
    const [, parent, hops] = /^(.+)\.(\d+)\.\d+$/s.exec(hop.id) ?? [];
    if (parent === undefined || Number(hops) !== hop.hops - 1) return undefined;
    return originIn(this.#at(parent, Number(hops)).filter(hasSent), hop, 'next');
  }

  /** A replay counts as a hop, in addition to the hop at error-end. */
  #replayed(hop: HopLine): HopOrigin | undefined {
    const failed = this.#at(hop.id, hop.hops - 2).filter(({ outcome }) => FAILED.has(outcome));
    return originIn(failed, hop, 'replay');
  }

  #at(id: string, hops: number): readonly HopLine[] {
    return this.#byPosition.get(positionOf(id, hops)) ?? NONE;
  }
}

const NONE: readonly HopLine[] = [];

const FAILED: ReadonlySet<string> = new Set(['error_end', 'retry_spent', 'parked']);

/** The codes of a hop whose envelope waits in the retry queue because it could not be sent. */
const UNDELIVERED: ReadonlySet<string | undefined> = new Set(['unroutable', 'publish_refused']);

/** Whether a hop has sent an envelope that counts it. */
function hasSent({ outcome, code }: HopLine): boolean {
  return outcome !== 'retry' || UNDELIVERED.has(code);
}

/** The latest candidate that began before the hop. The clocks of two hosts may differ. */
function originIn(
  candidates: readonly HopLine[],
  hop: HopLine,
  via: HopOrigin['via'],
): HopOrigin | undefined {
  const sorted = candidates.toSorted((a, b) => a.startMs - b.startMs);
  const latest = sorted.findLast(({ startMs }) => startMs <= hop.startMs) ?? sorted[0];
  return latest === undefined ? undefined : { hop: latest, via };
}

function positionOf(id: string, hops: number): string {
  return `${hops} ${id}`;
}
