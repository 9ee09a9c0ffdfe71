import type { JourneyState, StopState } from '../../src/cli/ui/journey/contract.ts';
import type { Tone } from '../components/Badge.tsx';

/** The colours of a journey's state and of an actor's. */
export const STATE_TONES: Readonly<Record<JourneyState | StopState, Tone>> = {
  done: 'good',
  failed: 'bad',
  waiting: 'info',
  ahead: 'muted',
};

export type StateFilter = JourneyState | 'all';

const STATES: readonly StateFilter[] = ['all', 'done', 'failed', 'waiting'];

export const STATE_OPTIONS = STATES.map((state) => {
  return { value: state, text: state === 'all' ? 'All states' : state };
});

/** Any other text selects all journeys. */
export function parseState(text: string | null): StateFilter {
  return STATES.find((state) => state === text) ?? 'all';
}
