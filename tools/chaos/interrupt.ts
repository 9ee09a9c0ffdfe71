import type { World } from './world.ts';

/** On the first SIGINT or SIGTERM, closes a broker or a small disk before this process ends. */
export function closeWhenInterrupted(world: Pick<World, 'close'>): void {
  const stop = (): void => void world.close().finally(() => process.exit(130));
  process.once('SIGINT', stop).once('SIGTERM', stop);
}
