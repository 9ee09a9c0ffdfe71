import { useEffect, useRef, useState } from 'preact/hooks';
import type { Client } from '../client/client.ts';
import { followStream, type StreamState } from '../client/followStream.ts';

export interface UseStreamOptions<Event> {
  readonly client: Client;
  /** Undefined opens no stream. */
  readonly path: string | undefined;
  readonly onEvent: (event: Event) => void;
  /** Called before the first event of each connection: the server sends its state again. */
  readonly onOpen?: () => void;
}

/** Follows an endless stream while the view is shown and the tab is visible. */
export function useStream<Event>(options: UseStreamOptions<Event>): StreamState {
  const { client, path } = options;
  const latest = useRef(options);
  latest.current = options;
  const [state, setState] = useState<StreamState>({ kind: 'connecting' });
  const isVisible = usePageVisibility();
  useEffect(() => {
    if (path === undefined || !isVisible) return undefined;
    const stop = new AbortController();
    void followStream<Event>({
      client,
      path,
      signal: stop.signal,
      onEvent: (event) => latest.current.onEvent(event),
      onState: (next) => {
        if (next.kind === 'open') latest.current.onOpen?.();
        setState(next);
      },
    });
    return () => stop.abort();
  }, [client, path, isVisible]);
  return state;
}

function usePageVisibility(): boolean {
  const [isVisible, setVisible] = useState(!document.hidden);
  useEffect(() => {
    const read = (): void => setVisible(!document.hidden);
    document.addEventListener('visibilitychange', read);
    return () => document.removeEventListener('visibilitychange', read);
  }, []);
  return isVisible;
}
