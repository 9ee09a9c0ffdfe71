import { createIdentify } from '../../../transport/message.ts';
import type { QueuedMessage, Verdict } from '../../../transport/inspection/queueReader.ts';

/**
 * Remembers the verdicts of a drain over its rounds. It recognises the messages that an earlier
 * round has left in the queue, and those whose ack was lost with the connection, so that each
 * message is decided once. It keeps about 200 bytes of a message.
 */
export class DecidedMessages {
  readonly #identify = createIdentify();
  /** The messages that earlier rounds have left, and that this round has not seen yet. */
  #left = new Counts();
  /** The messages that stay in the queue after this round. */
  #leftNow = new Counts();
  /** The messages whose ack the broker may not have. */
  readonly #lostAcks = new Counts();
  #acksOfRound: string[] = [];

  /** Whether an ack may be missing, so that its message would be delivered again. */
  get hasLostAcks(): boolean {
    return !this.#lostAcks.isEmpty;
  }

  /** @param isSettled false when the message may be delivered again in spite of its verdict */
  remember(message: QueuedMessage, verdict: Verdict, isSettled: boolean): void {
    const identity = this.#identify(message);
    if (verdict === 'leave') this.#leftNow.add(identity);
    else if (isSettled) this.#acksOfRound.push(identity);
    else this.#lostAcks.add(identity);
  }

  /** Returns the verdict of an earlier round; undefined for a message without a verdict. */
  recall(message: QueuedMessage): Verdict | undefined {
    if (this.#left.isEmpty && this.#lostAcks.isEmpty) return undefined;
    const identity = this.#identify(message);
    if (this.#lostAcks.remove(identity)) {
      this.#acksOfRound.push(identity);
      return 'acknowledge';
    }
    if (!this.#left.remove(identity)) return undefined;
    this.#leftNow.add(identity);
    return 'leave';
  }

  /** @param isConfirmed whether the broker has all acks of the round */
  endRound(isConfirmed: boolean): void {
    for (const identity of this.#left.drain()) this.#leftNow.add(identity);
    [this.#left, this.#leftNow] = [this.#leftNow, this.#left];
    if (!isConfirmed) for (const identity of this.#acksOfRound) this.#lostAcks.add(identity);
    this.#acksOfRound = [];
  }
}

/** Counts messages by identity, since messages may be equal. */
class Counts {
  readonly #counts = new Map<string, number>();

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  add(identity: string): void {
    this.#counts.set(identity, (this.#counts.get(identity) ?? 0) + 1);
  }

  /** Returns false when there is none. */
  remove(identity: string): boolean {
    const count = this.#counts.get(identity) ?? 0;
    if (count > 1) this.#counts.set(identity, count - 1);
    else this.#counts.delete(identity);
    return count > 0;
  }

  /** Removes all, and returns the identity of each. */
  drain(): readonly string[] {
    const all = [...this.#counts].flatMap(([identity, count]) =>
      Array<string>(count).fill(identity),
    );
    this.#counts.clear();
    return all;
  }
}
