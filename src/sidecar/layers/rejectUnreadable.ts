import type { Layer } from '../../compose.ts';
import type { ActorRouting, Decide } from '../../hop/hop.ts';
import { reject } from '../../hop/rejection.ts';
import { decideWhen } from './decideWhen.ts';

/**
 * Rejects messages that are not a valid envelope for this actor. Layers before this one must not
 * read the envelope, since it is a placeholder for such a message.
 */
export function rejectUnreadable(routing: ActorRouting): Layer<Decide> {
  return decideWhen(
    ({ refused }) => refused,
    (hop, fault) => reject(hop, fault, routing),
  );
}
