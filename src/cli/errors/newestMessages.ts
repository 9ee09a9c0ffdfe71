import { timeOfFailure, type FailedMessage } from '../failures/failedMessage.ts';

/** Keeps the closest messages of a search, and of these the newest ones. */
export class NewestMessages {
  readonly #limit: number;
  #rank = Number.POSITIVE_INFINITY;
  #kept: FailedMessage[] = [];
  #count = 0;

  /** @param limit the largest number of messages to keep */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The number of messages with the closest rank, including those that were not kept. */
  get count(): number {
    return this.#count;
  }

  /** The newest first. */
  get newest(): readonly FailedMessage[] {
    return this.#kept.toSorted((a, b) => timeOf(b) - timeOf(a)).slice(0, this.#limit);
  }

  /** @param rank how closely the message fits the search; a lower number is closer */
  add(message: FailedMessage, rank: number): void {
    if (rank > this.#rank) return;
    if (rank < this.#rank) {
      this.#rank = rank;
      this.#kept = [];
      this.#count = 0;
    }
    this.#count++;
    this.#kept.push(message);
    // Sorting at each message would be quadratic.
    if (this.#kept.length >= 2 * this.#limit) this.#kept = [...this.newest];
  }
}

function timeOf(message: FailedMessage): number {
  return timeOfFailure(message) ?? 0;
}
