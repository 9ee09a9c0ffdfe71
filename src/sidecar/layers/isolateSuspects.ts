import type { Layer } from '../../compose.ts';
import type { Decide } from '../../hop/hop.ts';
import type { Intake } from '../intake.ts';
import { decideWhen } from './decideWhen.ts';
import { isSuspect } from './suspects.ts';

/**
 * Processes suspects one at a time: messages that may kill the sidecar, since they were redelivered
 * repeatedly, or the runtime, since their attempts ended in crashes. A crash then does not count
 * against other messages.
 */
export function isolateSuspects(intake: Intake, suspectThreshold: number): Layer<Decide> {
  return decideWhen(
    (hop) => intake.isolate(isSuspect(hop, suspectThreshold)),
    () => ({ kind: 'give_back', reason: 'suspect' }),
  );
}
