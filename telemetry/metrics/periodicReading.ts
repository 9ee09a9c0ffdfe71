import type { TransportState } from '../../src/transport/transport.ts';

/** A value that is read from the broker periodically, so that a scrape does not wait for it. */
export interface PeriodicReading<T> {
  /** The last value; undefined while the broker cannot be queried, instead of a stale value. */
  latest(): T | undefined;
  /** Reads the value again after each connect. */
  onState(state: Pick<TransportState, 'connected'>): void;
  stop(): void;
}

export interface PeriodicReadingOptions<T> {
  /** Resolves to undefined, or rejects, if the broker cannot be queried. */
  readonly read: () => Promise<T | undefined>;
  readonly intervalMs: number;
  /**
   * The time until the first periodic reading. A random part of the interval spreads the readings
   * of processes that start together.
   * @default `intervalMs`
   */
  readonly firstDelayMs?: number;
}

/** Reads a value now, at each connect, and periodically. */
export function readPeriodically<T>(options: PeriodicReadingOptions<T>): PeriodicReading<T> {
  const { read, intervalMs, firstDelayMs = intervalMs } = options;
  let value: T | undefined;
  let reading: Promise<T | undefined> | undefined;
  let isConnected = false;

  async function readNow(): Promise<void> {
    const current = read().catch(() => undefined);
    reading = current;
    const result = await current;
    // A reading of an earlier connection is outdated.
    if (reading !== current) return;
    reading = undefined;
    value = result;
  }

  function reset(): void {
    reading = undefined;
    value = undefined;
  }

  function readOnTime(): void {
    timer = setTimeout(readOnTime, intervalMs).unref();
    // The broker has not answered the last reading: the old value is stale.
    if (reading === undefined) void readNow();
    else value = undefined;
  }

  let timer = setTimeout(readOnTime, firstDelayMs).unref();
  void readNow();
  return {
    latest: () => value,
    onState({ connected }) {
      if (connected === isConnected) return;
      isConnected = connected;
      if (connected) void readNow();
      else reset();
    },
    stop: () => clearTimeout(timer),
  };
}
