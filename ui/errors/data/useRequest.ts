import { useEffect, useState } from 'preact/hooks';
import { messageOf, ProblemError } from '../../client/errors.ts';

/** The state of a request. `last` is the newest answer, also while the next one is awaited. */
export type Requested<Value> =
  | { readonly kind: 'loading'; readonly last: Value | undefined }
  | { readonly kind: 'ready'; readonly last: Value }
  | {
      readonly kind: 'failed';
      readonly last: Value | undefined;
      /** One line. */
      readonly problem: string;
      /** The status of the answer; undefined without an answer. */
      readonly status: number | undefined;
    };

/**
 * Sends a request when its key changes, and cancels the one before. The keys of equal requests are
 * equal.
 * @param key undefined sends none
 */
export function useRequest<Value>(
  key: string | undefined,
  request: (signal: AbortSignal) => Promise<Value>,
): Requested<Value> {
  const [state, setState] = useState<Requested<Value>>({ kind: 'loading', last: undefined });
  useEffect(() => {
    if (key === undefined) return undefined;
    const stop = new AbortController();
    setState(({ last }) => ({ kind: 'loading', last }));
    request(stop.signal).then(
      (last) => {
        if (!stop.signal.aborted) setState({ kind: 'ready', last });
      },
      (error: unknown) => {
        if (stop.signal.aborted) return;
        const status = error instanceof ProblemError ? error.status : undefined;
        setState(({ last }) => ({ kind: 'failed', last, problem: messageOf(error), status }));
      },
    );
    return () => stop.abort();
  }, [key]);
  return state;
}
