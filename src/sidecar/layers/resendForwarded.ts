import type { Layer } from '../../compose.ts';
import type { ActorRouting, Decide, Dispatch } from '../../hop/hop.ts';
import { decideWhen } from './decideWhen.ts';

/** Resends an envelope that was unroutable; this actor has processed it before. */
export function resendForwarded({ happyEnd }: ActorRouting): Layer<Decide> {
  return decideWhen(
    ({ forward }) => forward,
    ({ envelope }, to) => {
      const kind = to === happyEnd ? 'happy_end' : 'next';
      const dispatch: Dispatch = { to, kind, envelope, edit: {} };
      return { kind: 'complete', name: 'forwarded', dispatches: [dispatch] };
    },
  );
}
