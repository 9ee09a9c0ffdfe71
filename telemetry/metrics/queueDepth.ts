import type { TransportState } from '../../src/transport/transport.ts';

/**
 * The number of ready messages in a queue, read at an interval, so that a scrape does not wait for
 * the broker.
 */
export interface QueueDepthMonitor {
  /** The last reading; undefined while the broker cannot be queried, instead of a stale value. */
  latest(): number | undefined;
  /** Reads the depth again after each connect. */
  onState(state: Pick<TransportState, 'connected'>): void;
  stop(): void;
}

/** @param read resolves to undefined, or rejects, if the broker cannot be queried */
export function monitorQueueDepth(
  read: () => Promise<number | undefined>,
  intervalMs: number,
): QueueDepthMonitor {
  let depth: number | undefined;
  let reading: Promise<number | undefined> | undefined;
  let isConnected = false;

  async function readNow(): Promise<void> {
    const current = read().catch(() => undefined);
    reading = current;
    const result = await current;
    // A reading of an earlier connection is outdated.
    if (reading !== current) return;
    reading = undefined;
    depth = result;
  }

  function reset(): void {
    reading = undefined;
    depth = undefined;
  }

  const timer = setInterval(() => {
    // The broker has not answered the last reading: the old value is stale.
    if (reading === undefined) void readNow();
    else depth = undefined;
  }, intervalMs).unref();
  void readNow();
  return {
    latest: () => depth,
    onState({ connected }) {
      if (connected === isConnected) return;
      isConnected = connected;
      if (connected) void readNow();
      else reset();
    },
    stop: () => clearInterval(timer),
  };
}
