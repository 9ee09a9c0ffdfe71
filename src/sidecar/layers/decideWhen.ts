import type { Layer } from '../../compose.ts';
import type { Decide, Hop, Outcome } from '../../hop/hop.ts';

/**
 * A layer that decides about some hops and passes all others on.
 * @param condition returns undefined or false for a hop to pass on
 */
export function decideWhen<T>(
  condition: (hop: Hop) => T | false | undefined,
  decide: (hop: Hop, found: T) => Outcome,
): Layer<Decide> {
  return (next) => (hop) => {
    const found = condition(hop);
    if (found === undefined || found === false) return next(hop);
    return Promise.resolve(decide(hop, found));
  };
}
