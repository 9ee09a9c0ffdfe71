import type { FaultyBroker } from './faultyBroker.ts';

/** Closes the broker or the small disk on the first SIGINT or SIGTERM, and exits with 130. */
export function closeOnInterrupt(broker: Pick<FaultyBroker, 'close'>): void {
  const stop = (): void => void broker.close().finally(() => process.exit(130));
  process.once('SIGINT', stop).once('SIGTERM', stop);
}
