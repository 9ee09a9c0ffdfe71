import type { Layer } from '../../compose.ts';
import type { Decide } from '../../hop/hop.ts';
import type { Intake } from '../intake.ts';
import { decideWhen } from './decideWhen.ts';

/** Gives back the messages that arrive after consuming was paused. */
export function giveBackWhilePaused(intake: Intake): Layer<Decide> {
  return decideWhen(
    () => intake.reason(),
    (_, reason) => ({ kind: 'give_back', reason }),
  );
}
