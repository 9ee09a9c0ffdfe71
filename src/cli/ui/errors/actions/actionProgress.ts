import { printableLine } from '../../../terminal/printable.ts';
import type { EventWriter } from '../../server/routes/route.ts';
import type { ActionEnd, ActionEvent, CanaryState } from '../contract.ts';
import type { Gone, IndexedError } from '../index/errorIndex.ts';

const PROGRESS_INTERVAL_MS = 200;
const MAX_LEFT_EVENTS = 100;

/** The past participle of an action, for its texts and for the index. */
export type Done = Exclude<Gone, 'missing'>;

/** Counts the messages of an action, and reports them to the page. */
export class ActionProgress {
  readonly #done: Done;
  readonly #total: number;
  readonly #events: EventWriter;
  #doneCount = 0;
  #leftCount = 0;
  #missingCount = 0;
  #timer: NodeJS.Timeout | undefined;
  #isWriting = false;

  constructor(done: Done, total: number, events: EventWriter) {
    this.#done = done;
    this.#total = total;
    this.#events = events;
  }

  /** Records a message that has left the queue. */
  markDone(error: IndexedError): void {
    error.gone = this.#done;
    this.#doneCount++;
    this.#report();
  }

  /** Records a message that stays in the queue. */
  markLeft({ row, id }: IndexedError, reason: string): void {
    if (++this.#leftCount <= MAX_LEFT_EVENTS) this.#write({ left: { row, id, reason } });
    this.#report();
  }

  /** Records messages that are not in the queue. */
  markMissing(errors: readonly IndexedError[]): void {
    for (const error of errors) error.gone ??= 'missing';
    this.#missingCount += errors.length;
  }

  canary(canary: CanaryState): void {
    this.#write({ canary });
  }

  /** @param reason undefined when the action continues */
  waitFor(reason: string | undefined): void {
    this.#write({ waitsFor: reason === undefined ? null : printableLine(reason) });
  }

  /**
   * Reports the end, and returns its description. Does not wait for the client, because the queue
   * stays in use until the action returns.
   * @param reason precedes the numbers of messages; undefined when the action has ended by itself
   */
  end(kind: ActionEnd['kind'], reason: string | undefined, file?: string): ActionEnd {
    clearTimeout(this.#timer);
    const done = this.#doneCount;
    const missing = this.#missingCount;
    const left = this.#total - done - missing;
    const counts = describeCounts(this.#done, { done, left, missing });
    const text = printableLine(reason === undefined ? counts : `${reason}; ${counts}`);
    const end = { kind, done, left, missing, text, ...(file === undefined ? {} : { file }) };
    this.#write({ end });
    return end;
  }

  /** Reports the numbers, at most once in an interval and while no earlier report is pending. */
  #report(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#isWriting) return this.#report();
      const [done, left] = [this.#doneCount, this.#leftCount];
      this.#isWriting = true;
      void this.#events
        .write({ progress: { done, left, total: this.#total } } satisfies ActionEvent)
        .finally(() => (this.#isWriting = false));
    }, PROGRESS_INTERVAL_MS);
  }

  #write(event: ActionEvent): void {
    void this.#events.write(event);
  }
}

type Counts = Pick<ActionEnd, 'done' | 'left' | 'missing'>;

/** `3 replayed, 1 left in the queue, 2 not found` */
function describeCounts(verb: Done, { done, left, missing }: Counts): string {
  const rest = [
    left === 0 ? undefined : `${format(left)} left in the queue`,
    missing === 0 ? undefined : `${format(missing)} not found`,
  ].filter((part) => part !== undefined);
  return [`${format(done)} ${verb}`, ...rest].join(', ');
}

function format(count: number): string {
  return count.toLocaleString('en');
}
