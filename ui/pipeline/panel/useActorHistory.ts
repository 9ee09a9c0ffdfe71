import { useEffect, useState } from 'preact/hooks';
import type { ActorHistory } from '../../../src/cli/ui/pipeline/contract.ts';
import { poll } from '../../app/poll.ts';
import type { Client } from '../../client/client.ts';
import { messageOf } from '../../client/errors.ts';

const SECOND = 1_000;
const REFRESH_MS = 5 * SECOND;

export interface HistoryState {
  /** Undefined until the first answer. */
  readonly history: ActorHistory | undefined;
  /** Why the last request failed. */
  readonly problem: string | undefined;
}

const EMPTY: HistoryState = { history: undefined, problem: undefined };

/** The last 10 minutes of an actor, read again every 5 s while the tab is visible. */
export function useActorHistory(client: Client, actor: string): HistoryState {
  const [state, setState] = useState(EMPTY);
  useEffect(() => {
    const stop = new AbortController();
    const path = `/api/pipeline/actors/${encodeURIComponent(actor)}`;
    const ask = async (): Promise<number> => {
      try {
        const history = await client.get<ActorHistory>(path, { signal: stop.signal });
        setState({ history, problem: undefined });
      } catch (error) {
        const problem = messageOf(error);
        if (!stop.signal.aborted) setState(({ history }) => ({ history, problem }));
      }
      return REFRESH_MS;
    };
    void poll(ask, stop.signal);
    return () => stop.abort();
  }, [client, actor]);
  return state;
}
