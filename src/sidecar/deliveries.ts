import type { Deliveries } from '../runtime/batch/deliveries.ts';
import type { Health } from './health.ts';

/** Reports the deliveries of a sidecar to the room in which their requests gather into batches. */
export function reportDeliveries(health: Health): Deliveries {
  return {
    mayArrive(requests) {
      const { inFlight, joined, prefetch } = health;
      // The earlier delivery of a joined one was lost with its connection.
      const hops = inFlight - joined;
      // A delivery that is settled makes room for another one.
      return hops < prefetch || hops > requests;
    },
    giveBackCause() {
      if (health.draining) return 'draining';
      return health.paused.has('breaker') ? 'breaker' : undefined;
    },
  };
}
