import type { Delivery } from '../transport.ts';
import type { Leases } from './leases.ts';
import type { Store } from './store.ts';
import type { Writer } from './writer.ts';

/** Takes from a queue what is due, as far as there is room in hand. */
export interface Consumer {
  /** Something may be due: looks without writing, and sets a timer for what is due later. */
  look(): void;
  /** Takes no more; resolves when nothing is on its way. */
  stop(): Promise<void>;
}

export interface ConsumerOptions {
  readonly queue: string;
  readonly prefetch: number;
  readonly store: Store;
  readonly writer: Writer;
  readonly leases: Leases;
  readonly onDelivery: (delivery: Delivery) => void;
}

/** A ring that got lost, or a clock that was set, delays a delivery for no longer than this. */
const MAX_IDLE_MS = 1_000;

export function createConsumer(options: ConsumerOptions): Consumer {
  const { queue, prefetch, store, writer, leases, onDelivery } = options;
  let inHand = 0;
  let isActive = true;
  let fetching: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  function look(): void {
    clearTimeout(timer);
    if (!hasRoom()) return;
    const dueInMs = untilDueMs(store, queue);
    if (dueInMs <= 0) startFetch();
    else timer = setTimeout(look, Math.min(dueInMs, MAX_IDLE_MS));
  }

  function hasRoom(): boolean {
    return isActive && fetching === undefined && inHand < prefetch;
  }

  function startFetch(): void {
    clearTimeout(timer);
    fetching = fetch().finally(() => {
      fetching = undefined;
      look();
    });
  }

  async function fetch(): Promise<void> {
    leases.catchUp();
    const lease = () => (isActive ? store.lease(queue, prefetch - inHand, leases.next()) : []);
    const rows = await writer.settle(lease).catch(() => {
      // Closed meanwhile: it took nothing, and nobody waits for it.
      isActive = false;
      return [];
    });
    for (const row of rows) {
      inHand++;
      onDelivery(leases.hold(queue, row, free));
    }
  }

  function free(): void {
    inHand--;
    // No look: what is asked for now shares the transaction of what was just settled.
    if (hasRoom()) startFetch();
  }

  return {
    look,
    async stop() {
      isActive = false;
      clearTimeout(timer);
      await fetching;
    },
  };
}

function untilDueMs(store: Store, queue: string): number {
  try {
    return (store.nextDueAtMs(queue) ?? Infinity) - Date.now();
  } catch {
    // The file is locked, or cannot be read for now: whoever writes copes with that.
    return 0;
  }
}
