import type { World } from './world.ts';

/** A broker or a small disk must not outlive whoever has no patience: it is closed before this process ends. */
export function closeWhenInterrupted(world: World): void {
  const stop = (): void => void world.close().finally(() => process.exit(130));
  process.once('SIGINT', stop).once('SIGTERM', stop);
}
