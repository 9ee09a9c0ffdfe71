import { useEffect, useState } from 'preact/hooks';
import type { Session } from '../../src/cli/ui/server/contract.ts';
import type { Client } from '../client/client.ts';
import { ProblemError, messageOf } from '../client/errors.ts';

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

/** Asks for the session every 5 s, and as soon as the page is visible again. */
export function useSession(client: Client): SessionState {
  const [state, setState] = useState<SessionState>({ session: undefined, connection: 'ok' });
  useEffect(() => {
    const stop = new AbortController();
    setState({ session: undefined, connection: 'ok' });
    void poll(client, stop.signal, (update) => setState((state) => keepEqual(state, update)));
    return () => stop.abort();
  }, [client]);
  return state;
}

type Update = Session | Pick<SessionState, 'connection' | 'problem'>;

async function poll(
  client: Client,
  stop: AbortSignal,
  onUpdate: (update: Update) => void,
): Promise<void> {
  while (!stop.aborted) {
    const update = await requestSession(client, stop);
    if (stop.aborted) return;
    onUpdate(update);
    await waitForNextPoll(stop);
  }
}

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

function waitForNextPoll(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', endIfVisible);
      stop.removeEventListener('abort', end);
      resolve();
    };
    const endIfVisible = (): void => {
      if (!document.hidden) end();
    };
    const timer = setTimeout(end, POLL_MS);
    document.addEventListener('visibilitychange', endIfVisible);
    stop.addEventListener('abort', end);
  });
}
