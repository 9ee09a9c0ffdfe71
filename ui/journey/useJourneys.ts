import { useEffect, useState } from 'preact/hooks';
import type { JourneyList } from '../../src/cli/ui/journey/contract.ts';
import { poll } from '../app/poll.ts';
import type { Client } from '../client/client.ts';
import { ProblemError } from '../client/errors.ts';

const SECOND = 1_000;
const POLL_MS = 5 * SECOND;
const RETRY_MS = 2 * SECOND;

export interface JourneysState {
  /** The last answer; undefined before the first one. */
  readonly list: JourneyList | undefined;
  /** Why the last request was refused. */
  readonly problem?: ProblemError | undefined;
}

/** Asks for the recent journeys every 5 s. */
export function useJourneys(client: Client): JourneysState {
  const [state, setState] = useState<JourneysState>({ list: undefined });
  useEffect(() => {
    const stop = new AbortController();
    const ask = async (): Promise<number | undefined> => {
      try {
        setState({ list: await client.get<JourneyList>('/api/journeys', { signal: stop.signal }) });
        return POLL_MS;
      } catch (error) {
        if (stop.signal.aborted) return undefined;
        // The shell reports a lost server.
        if (error instanceof ProblemError) setState(({ list }) => ({ list, problem: error }));
        return RETRY_MS;
      }
    };
    void poll(ask, stop.signal);
    return () => stop.abort();
  }, [client]);
  return state;
}
