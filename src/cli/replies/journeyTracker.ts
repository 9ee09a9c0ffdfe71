import type { Envelope } from '../../envelope/envelope.ts';
import type { Fanout } from '../../envelope/headers.ts';
import type { Answer } from './answer.ts';
import { Branch, type Level } from './branch.ts';

/** The place of an answer in the journeys that are tracked. */
export interface Place {
  /** The id of the envelope that was sent; undefined for an answer to another envelope. */
  readonly sentId: string | undefined;
  /**
   * The indexes of the fan-outs from the envelope that was sent to this answer; empty without a
   * fan-out. Undefined where a fan-out on the way is not known.
   */
  readonly path: readonly number[] | undefined;
}

/** The state of a journey that is not complete. */
export interface Incomplete {
  /** The id of the envelope that was sent. */
  readonly id: string;
  readonly journeyId: string;
  readonly received: number;
  /** The number of answers of the fan-outs that are known so far; more may follow. */
  readonly expected: number;
  /**
   * The number of further answers that do not name all their fan-outs: these are nested too deep,
   * or a sidecar of an earlier version has handled them. Such a journey never counts as complete.
   */
  readonly unplaced: number;
}

/**
 * Tracks the journeys of envelopes until each has ended in all branches, from the answers alone and
 * in any order. A fan-out is complete when each of its children has an answer or is itself divided
 * into a complete fan-out. An error ends its branch.
 *
 * A redelivered envelope may be processed twice, even into fan-outs of different widths. Then the
 * branch is complete with the first of them that is complete.
 */
export class JourneyTracker {
  readonly #journeys = new Map<string, Journey>();
  #incomplete = 0;

  /**
   * Expects the answers to an envelope that is sent.
   * @returns false for an id that is expected already, since its answers would be ambiguous
   */
  expect({ id, headers: { journeyId, fanout } }: Pick<Envelope, 'id' | 'headers'>): boolean {
    if (this.#journeys.has(id)) return false;
    this.#journeys.set(id, new Journey({ id, journeyId, fanout }));
    this.#incomplete++;
    return true;
  }

  /** Expects no answers to an envelope, because it was not sent. */
  forget(id: string): void {
    if (this.#journeys.get(id)?.root.isComplete === false) this.#incomplete--;
    this.#journeys.delete(id);
  }

  /** Returns the place of an answer; undefined for a copy of an earlier one. */
  accept(answer: Answer): Place | undefined {
    const candidates = this.#candidates(answer);
    const rooted = candidates.find((journey) => journey.levelsBelow(answer) !== undefined);
    const journey = rooted ?? candidates[0];
    if (journey === undefined) return { sentId: undefined, path: undefined };
    const wasComplete = journey.root.isComplete;
    const place = journey.accept(answer);
    if (journey.root.isComplete && !wasComplete) this.#incomplete--;
    return place;
  }

  /** Each expected journey has ended in all its branches. */
  get isComplete(): boolean {
    return this.#incomplete === 0;
  }

  /** The number of journeys that are not complete. */
  get incompleteCount(): number {
    return this.#incomplete;
  }

  /** Counts the answers that have arrived and those of the known fan-outs; more may follow. */
  count(): { readonly received: number; readonly expected: number } {
    const total = { received: 0, expected: 0 };
    for (const { root } of this.#journeys.values()) {
      const { received, expected } = root.count();
      total.received += received;
      total.expected += expected;
    }
    return total;
  }

  /** The journeys that are not complete, in the order in which they were expected. */
  incomplete(): readonly Incomplete[] {
    return [...this.#journeys]
      .filter(([, { root }]) => !root.isComplete)
      .map(([id, { journeyId, root, unplaced }]) => ({
        id,
        journeyId,
        unplaced,
        ...root.count(),
      }));
  }

  /**
   * The journeys that an answer may belong to, the likeliest one first. The first child of a
   * fan-out keeps the id, and the other ids begin with it.
   */
  #candidates({ id, fanout }: Answer): readonly Journey[] {
    const ids = levelsOf(fanout).map(({ of }) => of);
    for (let at: string | undefined = id; at !== undefined; at = parentIdOf(at)) ids.unshift(at);
    return [...new Set(ids.toReversed())].flatMap((each) => this.#journeys.get(each) ?? []);
  }
}

type SentEnvelope = Pick<Answer, 'id' | 'journeyId' | 'fanout'>;

/** An envelope that was sent, and the answers to it. */
class Journey {
  readonly root = new Branch();
  readonly #sent: SentEnvelope;
  readonly #withoutPlace = new Set<string>();

  constructor(sent: SentEnvelope) {
    this.#sent = sent;
  }

  get journeyId(): string {
    return this.#sent.journeyId;
  }

  accept(answer: Answer): Place | undefined {
    const levels = this.levelsBelow(answer);
    const sentId = this.#sent.id;
    if (levels === undefined) {
      return this.#acceptWithoutPlace(answer) ? { sentId, path: undefined } : undefined;
    }
    const branch = levels.reduce((parent, level) => parent.child(level), this.root);
    const isNew = branch.answer(answer.result.kind);
    return isNew ? { sentId, path: levels.map(({ index }) => index) } : undefined;
  }

  /**
   * The fan-outs between the envelope that was sent and a leaf, the outermost one first. Undefined
   * if one of them may be missing, or if the leaf belongs to another envelope.
   */
  levelsBelow({ id, fanout }: Answer): readonly Level[] | undefined {
    const levels = levelsOf(fanout);
    const own = this.#sent.fanout;
    const end = own === undefined ? levels.length : levels.findIndex((level) => isSame(level, own));
    if (end < 0) return undefined;
    const below = levels.slice(0, end).toReversed();
    const isRooted = (below[0]?.of ?? id) === this.#sent.id;
    return isRooted && below.every(({ index, total }) => index < total) ? below : undefined;
  }

  get unplaced(): number {
    return this.#withoutPlace.size;
  }

  #acceptWithoutPlace({ id, result }: Answer): boolean {
    const key = `${result.kind} ${id}`;
    const isNew = !this.#withoutPlace.has(key);
    this.#withoutPlace.add(key);
    return isNew;
  }
}

/** A fan-out and those around it, the innermost one first. */
function levelsOf(fanout: Fanout | undefined): readonly Fanout[] {
  const levels: Fanout[] = [];
  for (let level = fanout; level !== undefined; level = level.outer) levels.push(level);
  return levels;
}

/** Whether two objects are the same level, regardless of the outer ones. */
function isSame(a: Fanout, b: Fanout): boolean {
  return a.of === b.of && a.index === b.index && a.total === b.total && a.hop === b.hop;
}

/** The id of a child is `<parent's id>.<parent's hops>.<index>`. */
function parentIdOf(id: string): string | undefined {
  return /^(?<of>.+)\.\d+\.\d+$/s.exec(id)?.groups?.['of'];
}
