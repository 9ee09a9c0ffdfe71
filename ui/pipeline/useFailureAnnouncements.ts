import { useEffect, useRef } from 'preact/hooks';
import { useAnnounce } from '../components/Announcer.tsx';
import { levelOf, type ActorState } from './state/actorState.ts';

/**
 * Has a screen reader read the actors that have begun to fail. Numbers change all the time, and are
 * not read; neither are the failures that exist when the view opens.
 */
export function useFailureAnnouncements(states: readonly ActorState[]): void {
  const announce = useAnnounce();
  const known = useRef<ReadonlySet<string> | undefined>(undefined);
  useEffect(() => {
    if (states.length === 0) return;
    const failing = states.filter((state) => levelOf(state) === 'failure');
    const begun = failing.filter(({ actor }) => known.current?.has(actor.name) === false);
    if (begun.length > 0)
      announce(
        begun.map(({ actor, troubles }) => `${actor.name}: ${troubles[0]?.text}`).join('; '),
      );
    known.current = new Set(failing.map(({ actor }) => actor.name));
  }, [states]);
}
