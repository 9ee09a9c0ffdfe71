import type { Fanout } from '../../envelope/headers.ts';

/** One child of a fan-out. */
export type Level = Omit<Fanout, 'outer'>;

interface Division {
  /** The branch that is divided. */
  readonly branch: Branch;
  readonly total: number;
  readonly children: Map<number, Branch>;
  completeCount: number;
}

/** A path of an envelope: it ends with an answer, or divides into a fan-out. */
export class Branch {
  readonly #parent: Division | undefined;
  /** By the place and width of the fan-out. There are several after a redelivery. */
  readonly #divisions = new Map<string, Division>();
  readonly #answers = new Set<string>();
  #isComplete = false;

  constructor(parent?: Division) {
    this.#parent = parent;
  }

  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** The child at a level below this branch. */
  child({ of, hop, total, index }: Level): Branch {
    const key = JSON.stringify([of, hop, total]);
    const division = this.#divisions.get(key) ?? {
      branch: this,
      total,
      children: new Map<number, Branch>(),
      completeCount: 0,
    };
    this.#divisions.set(key, division);
    const child = division.children.get(index) ?? new Branch(division);
    division.children.set(index, child);
    return child;
  }

  /**
   * Ends the branch.
   * @returns false if the branch has an answer of this kind already
   */
  answer(kind: string): boolean {
    if (this.#answers.has(kind)) return false;
    this.#answers.add(kind);
    this.#complete();
    return true;
  }

  /** Counts the answers that have arrived and those of the known fan-outs. */
  count(): { readonly received: number; readonly expected: number } {
    if (this.#answers.size > 0) return { received: 1, expected: 1 };
    const counts = [...this.#divisions.values()].map(countDivision);
    const most = counts.toSorted((a, b) => b.received - a.received)[0];
    return most ?? { received: 0, expected: 1 };
  }

  #complete(): void {
    if (this.#isComplete) return;
    this.#isComplete = true;
    const parent = this.#parent;
    if (parent !== undefined && ++parent.completeCount === parent.total) parent.branch.#complete();
  }
}

function countDivision({ total, children }: Division): ReturnType<Branch['count']> {
  const counts = [...children.values()].map((child) => child.count());
  const sum = (key: 'received' | 'expected'): number =>
    counts.reduce((all, count) => all + count[key], 0);
  return { received: sum('received'), expected: sum('expected') + total - children.size };
}
