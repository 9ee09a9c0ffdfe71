import { LinkedList, type Node } from '../../../linkedList.ts';

/** A message that is published and not yet confirmed. */
export interface Unconfirmed {
  readonly id: string;
  sinceMs: number;
  /**
   * The broker's words, when no queue took the message: the broker returns it first, and then
   * confirms it.
   */
  returned?: string;
}

/** The unconfirmed messages of a connection, with one timer for the oldest. */
export interface Confirms {
  readonly size: number;
  readonly add: (id: string) => Node<Unconfirmed>;
  readonly remove: (place: Node<Unconfirmed>) => void;
  readonly setReturned: (messageId: unknown, fields: object) => void;
  /**
   * Stops the timer while the broker is blocked; afterwards each message has the whole time again.
   */
  readonly setBlocked: (blocked: boolean) => void;
}

/** @param onLate called when the oldest message was not confirmed within the time-out */
export function createConfirms(timeoutMs: number, onLate: () => void): Confirms {
  const unconfirmed = new LinkedList<Unconfirmed>();
  let blocked = false;
  let timer: NodeJS.Timeout | undefined;

  /** All have the same time, and are in the order in which they were published. */
  function watchOldest(): void {
    clearTimeout(timer);
    timer = undefined;
    const { first: oldest } = unconfirmed;
    if (oldest === undefined || blocked) return;
    const leftMs = oldest.sinceMs + timeoutMs - performance.now();
    if (leftMs <= 0) return onLate();
    timer = setTimeout(watchOldest, leftMs).unref();
  }

  return {
    get size() {
      return unconfirmed.size;
    },
    add(id) {
      const place = unconfirmed.add({ id, sinceMs: performance.now() });
      if (timer === undefined) watchOldest();
      return place;
    },
    remove: (place) => void unconfirmed.remove(place),
    setReturned(messageId, fields) {
      for (const { value: message } of unconfirmed) {
        if (message.id !== messageId) continue;
        message.returned = 'replyText' in fields ? String(fields.replyText) : 'returned';
        return;
      }
    },
    setBlocked(now) {
      blocked = now;
      // What is in the socket is executed when the alarm clears, however late.
      for (const { value } of unconfirmed) value.sinceMs = performance.now();
      watchOldest();
    },
  };
}
