import type { Deliveries } from '../runtime/batch/deliveries.ts';
import type { Health } from './health.ts';

/** Reports the deliveries of a sidecar to the room in which their requests gather into batches. */
export function reportDeliveries(health: Health): Deliveries {
  return {
    mayArrive(requests) {
      const { inFlight, prefetch } = health;
      // A delivery that is settled makes room for another one.
      return inFlight < prefetch || inFlight > requests;
    },
    giveBackCause() {
      if (health.draining) return 'draining';
      return health.paused.has('breaker') ? 'breaker' : undefined;
    },
  };
}
