import type { TransportState } from '../../src/transport/transport.ts';

/**
 * The number of messages ready in a queue. It is read now and then, since a scrape must not wait
 * for a broker.
 */
export interface DepthWatch {
  /**
   * Undefined while the broker cannot be asked: an old value would be taken for the present one.
   */
  current(): number | undefined;
  /** Reads the depth anew after each connect. */
  onState(state: Pick<TransportState, 'connected'>): void;
  stop(): void;
}

/** @param read resolves to undefined, or rejects, when the broker cannot be asked */
export function watchDepth(
  read: () => Promise<number | undefined>,
  intervalMs: number,
): DepthWatch {
  let depth: number | undefined;
  let reading: Promise<number | undefined> | undefined;
  let connected = false;

  async function readNow(): Promise<void> {
    const own = read().catch(() => undefined);
    reading = own;
    const result = await own;
    // A reading of the connection before says nothing about this one.
    if (reading !== own) return;
    reading = undefined;
    depth = result;
  }

  function forget(): void {
    reading = undefined;
    depth = undefined;
  }

  const timer = setInterval(() => {
    // A broker that has not answered yet is not asked again.
    if (reading === undefined) void readNow();
    else depth = undefined;
  }, intervalMs).unref();
  void readNow();
  return {
    current: () => depth,
    onState(state) {
      if (state.connected === connected) return;
      connected = state.connected;
      if (connected) void readNow();
      else forget();
    },
    stop: () => clearInterval(timer),
  };
}
