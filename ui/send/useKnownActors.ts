import { useEffect, useState } from 'preact/hooks';
import type { Pipeline } from '../../src/cli/ui/pipeline/contract.ts';
import type { Client } from '../client/client.ts';

/** The names of the pipeline's actors, for suggestions; empty while they are not known. */
export function useKnownActors(client: Client): readonly string[] {
  const [actors, setActors] = useState<readonly string[]>([]);
  useEffect(() => {
    const stop = new AbortController();
    const onEvent = ({ actors: found }: Pipeline): void => {
      setActors(found.filter(({ kind }) => kind === 'actor').map(({ name }) => name));
      stop.abort();
    };
    // Without the suggestions, the form works too.
    client.stream<Pipeline>('/api/pipeline', { signal: stop.signal, onEvent }).catch(() => {});
    return () => stop.abort();
  }, [client]);
  return actors;
}
