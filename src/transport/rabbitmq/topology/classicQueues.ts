import type { Log } from '../../../log.ts';
import type { TopologyPlan } from './plan.ts';
import type { TopologyReconciler } from './reconciler.ts';

/** Returns the names of the classic queues. The set grows when the broker reports another one. */
export function findClassicQueues(
  plan: TopologyPlan | undefined,
  reconciler: TopologyReconciler | undefined,
  log: Log,
): ReadonlySet<string> {
  const queues = new Set<string>();
  const add = (queue: string): void => {
    queues.add(queue);
    log.warn(
      { queue },
      'classic queue does not count redeliveries; poison messages are not detected',
    );
  };
  if (plan?.ownQueueType === 'classic') add(plan.ownQueue);
  reconciler?.events.on('classic', add);
  return queues;
}
