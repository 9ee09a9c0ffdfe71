import type { Layer } from '../../compose.ts';
import type { Decide } from '../../hop/hop.ts';
import { resend } from '../../hop/routing.ts';
import type { ActorRouting } from '../../hop/actorRouting.ts';
import { decideWhen } from './decideWhen.ts';

/** Resends a dispatch that was unroutable; the runtime is not called again. */
export function resendForwarded(routing: ActorRouting): Layer<Decide> {
  return decideWhen(
    ({ forward }) => forward,
    (hop, forward) => resend(hop, forward, routing),
  );
}
