import type { Hop } from '../../hop/hop.ts';

/**
 * The number of unsettled deliveries that makes a message a suspect: its payload may kill the
 * sidecar. It is two below the limit, so that messages delivered together with a suspect, which are
 * counted too, stay below the limit.
 */
export function suspectThreshold(maxRedeliveries: number): number {
  return Math.max(1, Math.min(3, maxRedeliveries - 2));
}

export function isSuspect({ delivery, alone }: Hop, threshold: number): boolean {
  return alone || delivery.unsettled >= threshold;
}
