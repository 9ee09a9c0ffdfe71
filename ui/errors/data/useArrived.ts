import { useEffect, useState } from 'preact/hooks';
import type { Arrived, Look } from '../../../src/cli/ui/errors/contract.ts';
import { poll } from '../../app/poll.ts';
import type { Client } from '../../client/client.ts';
import { ProblemError } from '../../client/errors.ts';
import { arrivedPath } from './lookPaths.ts';

const POLL_MS = 5_000;

/** The number of messages that have arrived since the look; 0 while it is not known. */
export function useArrived(client: Client, look: Look | undefined): number {
  const [arrived, setArrived] = useState<Counted>();
  useEffect(() => {
    if (look === undefined) return undefined;
    const stop = new AbortController();
    const ask = async (): Promise<number | undefined> => {
      try {
        const { signal } = stop;
        const { count = 0 } = await client.get<Arrived>(arrivedPath(look), { signal });
        setArrived({ lookId: look.id, count });
      } catch (error) {
        // The server does not have the look any more.
        if (stop.signal.aborted || error instanceof ProblemError) return undefined;
      }
      return POLL_MS;
    };
    void poll(ask, stop.signal);
    return () => stop.abort();
  }, [client, look?.id]);
  return arrived !== undefined && arrived.lookId === look?.id ? arrived.count : 0;
}

interface Counted {
  readonly lookId: string;
  readonly count: number;
}
