import type { Client } from './client.ts';
import { ProblemError } from './errors.ts';

const SECOND = 1_000;
const RETRY_MS = 2 * SECOND;

/**
 * - `connecting`: the first answer has not arrived
 * - `open`: events arrive
 * - `lost`: the server does not answer; the stream is opened again and again
 * - `refused`: the server has refused the stream; it is opened again and again
 */
export type StreamState =
  | { readonly kind: 'connecting' | 'open' | 'lost' }
  | { readonly kind: 'refused'; readonly problem: ProblemError };

export interface FollowOptions<Event> {
  readonly client: Client;
  readonly path: string;
  readonly signal: AbortSignal;
  readonly onEvent: (event: Event) => void;
  /** Called with `open` before the first event of each connection. */
  readonly onState: (state: StreamState) => void;
  /** @default 2 s */
  readonly retryMs?: number;
}

/** Reads an endless stream, and opens it again after each end until the signal is aborted. */
export async function followStream<Event>(options: FollowOptions<Event>): Promise<void> {
  const { client, path, signal, onEvent, onState, retryMs = RETRY_MS } = options;
  const report = (state: StreamState): void => {
    if (!signal.aborted) onState(state);
  };
  report({ kind: 'connecting' });
  while (!signal.aborted) {
    try {
      const onOpen = (): void => report({ kind: 'open' });
      await client.stream<Event>(path, { signal, onOpen, onEvent });
      report({ kind: 'lost' });
    } catch (problem) {
      report(problem instanceof ProblemError ? { kind: 'refused', problem } : { kind: 'lost' });
    }
    await waitUnlessAborted(retryMs, signal);
  }
}

function waitUnlessAborted(durationMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      resolve();
    };
    const timer = setTimeout(stop, durationMs);
    signal.addEventListener('abort', stop);
  });
}
