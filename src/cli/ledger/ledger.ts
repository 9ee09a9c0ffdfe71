import { addArrival, createArrivals, type Arrivals } from './arrivals.ts';
import { addFanout, type Fanout, type FanoutMark } from './fanouts.ts';
import { reconcile, type Reconciliation } from './reconcile.ts';

/**
 * Records which envelopes producers sent and which the ends received, and compares the two.
 *
 * An envelope that fans out becomes several: the first child keeps the id, the others get an id of
 * their own. Each branch of a journey therefore has its own id, and each must reach an end:
 *
 *   env-1 ── hop 1 ─┬─ env-1        index 0 keeps the id
 *                   ├─ env-1.1.1    <parent's id>.<parent's hops>.<index>
 *                   └─ env-1.1.2 ── hop 3 ─┬─ env-1.1.2
 *                                          └─ env-1.1.2.3.1
 *
 * The expected children are known from the header `x-asya-fanout` of those that arrived. The header
 * describes the latest fan-out only. When every child of a fan-out has fanned out again, the width
 * of the first one is known only from the logs of the sidecars.
 */
export class Ledger {
  readonly #sent = new Map<string, number>();
  readonly #arrivals = new Map<Source, Arrivals>();
  readonly #faultCodes = new Map<string, string>();
  readonly #waiting = new Set<string>();
  readonly #latestHops = new Map<string, LatestHop>();
  readonly #fanouts = new Map<string, Fanout>();
  readonly #possibleCopies = new Map<string, string[]>();

  /** Records an envelope whose publish the broker confirmed. */
  recordSent({ id }: TrackedEnvelope): void {
    const times = (this.#sent.get(id) ?? 0) + 1;
    this.#sent.set(id, times);
    if (times > 1) this.recordPossibleCopies(id, 'sent more than once');
  }

  /**
   * Records that an end received an envelope. The arrivals of different sources are not added up,
   * because several sources may report the same arrival.
   * @param code the fault code at error-end; undefined at happy-end
   */
  recordArrival({ id, fanout }: TrackedEnvelope, code?: string, source: Source = 'end'): void {
    if (fanout !== undefined) addFanout(this.#fanouts, fanout);
    const arrivals = this.#arrivals.get(source) ?? createArrivals();
    this.#arrivals.set(source, arrivals);
    addArrival(arrivals, id, code === UNKNOWN_CODE ? (this.#faultCodes.get(id) ?? code) : code);
  }

  /** Records a fault code that replaces `UNKNOWN_CODE` when the arrival at error-end follows. */
  recordFaultCode(id: string, code: string): void {
    this.#faultCodes.set(id, code);
  }

  /** Records an envelope in an actor's queue or retry queue. */
  recordWaiting({ id }: TrackedEnvelope): void {
    this.#waiting.add(id);
  }

  /**
   * Records a hop of an envelope.
   * @param waits whether the envelope waits for another attempt after the hop
   */
  recordHop(id: string, atMs: number, waits: boolean): void {
    const latest = this.#latestHops.get(id);
    if (latest === undefined || latest.atMs <= atMs) this.#latestHops.set(id, { atMs, waits });
  }

  recordFanout(fanout: FanoutMark): void {
    addFanout(this.#fanouts, fanout);
  }

  /** Records an event that can have made up to `copies` more copies of an envelope. */
  recordPossibleCopies(id: string, reason: string, copies = 1): void {
    const reasons = Array.from({ length: Math.min(copies, MAX_COPIES) }, () => reason);
    this.#possibleCopies.set(id, [...(this.#possibleCopies.get(id) ?? []), ...reasons]);
  }

  reconcile(): Reconciliation {
    return reconcile({
      sent: this.#sent,
      arrivals: SOURCES.flatMap((source) => this.#arrivals.get(source) ?? []),
      fanouts: this.#fanouts,
      possibleCopies: this.#possibleCopies,
      isWaiting: (id) => this.#waiting.has(id) || this.#latestHops.get(id)?.waits === true,
    });
  }
}

/** Far above the number of redeliveries after which a message goes to error-end. */
const MAX_COPIES = 1_000;

/**
 * The source of an arrival: the end's queue or runtime, error-end's parked queue, or a sidecar's
 * log.
 */
export type Source = (typeof SOURCES)[number];

/** In order of precedence: of sources that report equally many arrivals, the first one counts. */
const SOURCES = ['end', 'parked', 'log'] as const;

/** The code of an arrival at error-end whose log line names no code. */
export const UNKNOWN_CODE = 'code not logged';

/** The part of an envelope that the ledger needs. */
export interface TrackedEnvelope {
  readonly id: string;
  /** The latest fan-out that this envelope is a child of, or descends from. */
  readonly fanout: FanoutMark | undefined;
}

interface LatestHop {
  readonly atMs: number;
  readonly waits: boolean;
}
