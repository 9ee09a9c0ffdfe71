import type { Hop } from '../../src/cli/ui/hops/contract.ts';

/** The reason, the fault code or the next queues of a hop, as `tail` prints it. */
export function hopDetail({ outcome, code, reason = code, next }: Hop): string {
  if (reason !== undefined) return reason;
  // The queue of a retry is that of the actor itself.
  if (outcome === 'retry') return 'deferred';
  return next.length === 0 ? '' : `→ ${next.join(', ')}`;
}
