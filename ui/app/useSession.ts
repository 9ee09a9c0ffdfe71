import { useEffect, useState } from 'preact/hooks';
import type { Session } from '../../src/cli/ui/server/contract.ts';
import type { Client } from '../client/client.ts';
import { messageOf, ProblemError } from '../client/errors.ts';
import { poll } from './poll.ts';

const SECOND = 1_000;
const POLL_MS = 5 * SECOND;
const TIMEOUT_MS = 5 * SECOND;
const UNAUTHORIZED = 401;

export interface SessionState {
  /** The last one that was received; undefined before the first one. */
  readonly session: Session | undefined;
  /**
   * - `ok`: the server answers
   * - `refused`: the server does not accept the token
   * - `lost`: the server does not answer; the page asks it again
   * - `failing`: the server answers with another problem; the page asks it again
   */
  readonly connection: 'ok' | 'refused' | 'lost' | 'failing';
  /** One line about a connection that is not `ok`. */
  readonly problem?: string;
}

/** Asks for the session every 5 s while the page is visible. */
export function useSession(client: Client): SessionState {
  const [state, setState] = useState<SessionState>({ session: undefined, connection: 'ok' });
  useEffect(() => {
    const stop = new AbortController();
    const ask = async (): Promise<number> => {
      const update = await requestSession(client, stop.signal);
      if (!stop.signal.aborted) setState((state) => keepEqual(state, update));
      return POLL_MS;
    };
    void poll(ask, stop.signal);
    return () => stop.abort();
  }, [client]);
  return state;
}

type Update = Session | Pick<SessionState, 'connection' | 'problem'>;

async function requestSession(client: Client, stop: AbortSignal): Promise<Update> {
  try {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)]);
    return await client.get<Session>('/api/session', { signal });
  } catch (error) {
    const problem = messageOf(error);
    if (!(error instanceof ProblemError)) return { connection: 'lost', problem };
    return { connection: error.status === UNAUTHORIZED ? 'refused' : 'failing', problem };
  }
}

/** Keeps the session while it is the same, so that views do not render again. */
function keepEqual(state: SessionState, update: Update): SessionState {
  if ('connection' in update) return { session: state.session, ...update };
  const isSame = JSON.stringify(update) === JSON.stringify(state.session);
  if (isSame && state.connection === 'ok') return state;
  return { session: isSame ? state.session : update, connection: 'ok' };
}
