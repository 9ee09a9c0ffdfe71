import type { Layer } from '../../compose.ts';
import { type ActorRouting, type Decide, timeLeftMs } from '../../hop/hop.ts';
import { reject } from '../../hop/rejection.ts';
import { decideWhen } from './decideWhen.ts';

/** Rejects envelopes whose deadline has passed. */
export function rejectOverdue(routing: ActorRouting): Layer<Decide> {
  return decideWhen(
    (hop) => timeLeftMs(hop) <= 0,
    (hop) => {
      const message = 'the deadline had passed on arrival';
      return reject(hop, { code: 'deadline_exceeded', message }, routing);
    },
  );
}
