import { LinkedList, type Node } from '../../../linkedList.ts';

/** A message that is published and not yet confirmed. */
export interface UnconfirmedMessage {
  readonly id: string;
  publishedAtMs: number;
  /**
   * The broker's reply text, if the message is unroutable. The broker first returns such a message
   * and then confirms it.
   */
  returnText?: string;
}

/** The unconfirmed messages of one connection, in the order of publishing. */
export class ConfirmTracker {
  readonly #unconfirmed = new LinkedList<UnconfirmedMessage>();
  readonly #timeoutMs: number;
  readonly #onTimeout: () => void;
  #isPaused = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param onTimeout called when the oldest message is unconfirmed for `timeoutMs` */
  constructor(timeoutMs: number, onTimeout: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#onTimeout = onTimeout;
  }

  get size(): number {
    return this.#unconfirmed.size;
  }

  add(id: string): Node<UnconfirmedMessage> {
    const node = this.#unconfirmed.add({ id, publishedAtMs: performance.now() });
    if (this.#timer === undefined) this.#watchOldest();
    return node;
  }

  remove(node: Node<UnconfirmedMessage>): void {
    this.#unconfirmed.remove(node);
  }

  markReturned(messageId: unknown, replyText: string): void {
    for (const { value: message } of this.#unconfirmed) {
      if (message.id !== messageId) continue;
      message.returnText = replyText;
      return;
    }
  }

  /** No timeout runs while the broker blocks the connection. */
  pause(): void {
    this.#isPaused = true;
    this.#watchOldest();
  }

  /**
   * Gives each message the full timeout again: the broker executes the publishes that are in the
   * socket when the alarm clears, however late that is.
   */
  resume(): void {
    this.#isPaused = false;
    for (const { value } of this.#unconfirmed) value.publishedAtMs = performance.now();
    this.#watchOldest();
  }

  /** One timer suffices: all messages have the same timeout, so the oldest expires first. */
  #watchOldest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const oldest = this.#unconfirmed.first;
    if (oldest === undefined || this.#isPaused) return;
    const leftMs = oldest.publishedAtMs + this.#timeoutMs - performance.now();
    if (leftMs <= 0) return this.#onTimeout();
    this.#timer = setTimeout(() => this.#watchOldest(), leftMs).unref();
  }
}
