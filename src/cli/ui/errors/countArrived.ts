import type { Arrived } from './contract.ts';
import type { ErrorSource } from './errorSource.ts';
import type { StoredLook } from './looks.ts';

/**
 * The number of messages in the queue that are not in the look. A count that is older than the end
 * of the last look or action may contain messages that have left the queue since.
 */
export function countArrived(
  { queue, index }: StoredLook,
  { turns, depthOf }: Pick<ErrorSource, 'turns' | 'depthOf'>,
): Arrived {
  const freeSinceMs = turns.freeSinceMs(queue.name);
  const counted = depthOf(queue.name);
  if (freeSinceMs === undefined || counted === undefined) return {};
  if (counted.atMs <= freeSinceMs || index.isFull) return {};
  const kept = index.rows.filter(({ gone }) => gone === undefined).length;
  return { count: Math.max(0, counted.depth - kept) };
}
