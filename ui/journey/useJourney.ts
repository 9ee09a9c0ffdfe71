import { useEffect, useState } from 'preact/hooks';
import type { Journey, JourneyRequest } from '../../src/cli/ui/journey/contract.ts';
import { poll } from '../app/poll.ts';
import type { Client } from '../client/client.ts';
import { ProblemError } from '../client/errors.ts';

const SECOND = 1_000;
const POLL_MS = 2 * SECOND;
const MISSING_MS = 3 * SECOND;
const RETRY_MS = 2 * SECOND;

export interface JourneyState {
  /** The last answer; undefined before the first one. */
  readonly journey: Journey | undefined;
  /** Why the last request has no answer. */
  readonly problem?: ProblemError | 'lost' | undefined;
}

/**
 * Asks for a journey, again and again while it is not known or may change.
 * @param isUnfolded whether to ask for all children of a fan-out
 */
export function useJourney(client: Client, id: string, isUnfolded: boolean): JourneyState {
  const [state, setState] = useState<JourneyState>({ journey: undefined });
  useEffect(() => {
    const stop = new AbortController();
    let isPoll = false;
    const ask = async (): Promise<number | undefined> => {
      const body: JourneyRequest = { id, isUnfolded, isPoll };
      isPoll = true;
      try {
        const { signal } = stop;
        const journey = await client.post<Journey>('/api/journeys/find', body, { signal });
        setState({ journey });
        return journey.mayChange ? POLL_MS : undefined;
      } catch (error) {
        if (stop.signal.aborted) return undefined;
        const problem = error instanceof ProblemError ? error : 'lost';
        setState((last) => ({ journey: last.journey, problem }));
        return delayAfter(problem);
      }
    };
    void poll(ask, stop.signal);
    return () => stop.abort();
  }, [client, id, isUnfolded]);
  return state;
}

const NOT_FOUND = 404;

/** Its spans may not have been written yet. Other refusals would come again. */
function delayAfter(problem: ProblemError | 'lost'): number | undefined {
  if (problem === 'lost') return RETRY_MS;
  return problem.status === NOT_FOUND ? MISSING_MS : undefined;
}
